/** The inbox: what came in by HTTP, what became of it, and where it is sent to. */
import { IClient, IPage } from './client';
import { Query } from './request';
import type { components } from './schema';

type Schemas = components['schemas'];

/** A delivery; `body`, `raw_body` and `data` are there when it was asked for by its id. */
export type IDelivery = Schemas['Delivery'];
export type InboxStatus = IDelivery['status'];
export type IInboxSource = Schemas['InboxSource'];
export type ILocalAnswer = Schemas['LocalAnswer'];

export function listDeliveries(client: IClient, query: Query): Promise<IPage<IDelivery>> {
  return client.get('webhooks/inbox', query);
}

export function getDelivery(client: IClient, id: string): Promise<IDelivery> {
  return client.get(`webhooks/inbox/${id}`);
}

/** Say what became of a delivery; with null its sessions say it. */
export function markDelivery(
  client: IClient,
  id: string,
  status: InboxStatus | null
): Promise<IDelivery> {
  return client.send('PATCH', `webhooks/inbox/${id}`, { status });
}

export function deleteDelivery(client: IClient, id: string): Promise<null> {
  return client.send('DELETE', `webhooks/inbox/${id}`);
}

/** Keep an event of any kind, or no longer. */
export function bookmarkEvent(client: IClient, id: string, bookmarked: boolean): Promise<unknown> {
  return client.send('PATCH', `events/${id}`, { bookmarked });
}

/** Send an event to a program on the server's machine. */
export function sendEvent(client: IClient, id: string, url: string): Promise<ILocalAnswer> {
  return client.send('POST', `events/${id}/send`, { url });
}

export async function listSources(client: IClient): Promise<readonly IInboxSource[]> {
  const found = await client.get<Schemas['InboxSources']>('webhooks/inbox/sources');
  return found.items;
}

export function getSource(client: IClient, name: string): Promise<IInboxSource> {
  return client.get(`webhooks/inbox/sources/${encodeURIComponent(name)}`);
}
