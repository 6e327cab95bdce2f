/** The ticks of a schedule and what became of them; backfills, which run some of them after all. */
import { IClient, IPage } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type ITick = Schemas['Tick'];
export type ITicks = Schemas['Ticks'];
export type TickState = ITick['state'];
export type IBackfillBody = Schemas['BackfillBody'];
export type IBackfillPlan = Schemas['BackfillPlan'];
export type ISessionGroup = Schemas['SessionGroup'];

/** `trigger` is an id, or `project/name`. */
export function listTicks(client: IClient, trigger: string, since: string): Promise<ITicks> {
  return client.get(`triggers/${trigger}/ticks`, { since });
}

export function listBackfills(client: IClient, trigger: string): Promise<IPage<ISessionGroup>> {
  return client.get(`triggers/${trigger}/backfills`, { limit: 10 });
}

export function planBackfill(
  client: IClient,
  trigger: string,
  body: IBackfillBody
): Promise<IBackfillPlan> {
  return client.send('POST', `triggers/${trigger}/backfills/preview`, body);
}

export function startBackfill(
  client: IClient,
  trigger: string,
  body: IBackfillBody
): Promise<ISessionGroup> {
  return client.send('POST', `triggers/${trigger}/backfills`, body);
}

export function cancelGroup(
  client: IClient,
  id: string,
  running: 'finish' | 'stop'
): Promise<ISessionGroup> {
  return client.send('POST', `session-groups/${id}/cancel`, { running });
}
