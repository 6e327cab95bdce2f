/** Events: what happened, which rules it met, and the calls that read and replay them. */
import { IClient, IPage } from './client';
import { Query } from './request';
import type { components } from './schema';

type Schemas = components['schemas'];

export type IEvent = Schemas['Event'];
export type EventSource = IEvent['source'];
export type IEnforcement = Schemas['Enforcement'];
export type IReceipt = Schemas['Receipt'];

export function listEvents(client: IClient, query: Query): Promise<IPage<IEvent>> {
  return client.get('events', query);
}

/** One event with what each rule made of it. */
export function getEvent(client: IClient, id: string): Promise<IEvent> {
  return client.get(`events/${id}`);
}

/** Let an event happen again, by `trigger` (an id, or project/name), or by its own as it is now. */
export function replayEvent(client: IClient, id: string, trigger?: string): Promise<IReceipt> {
  return client.send('POST', `events/${id}/replay`, trigger ? { trigger } : {});
}
