/** Sweeps: one session for each combination of parameters, and what came of each. */
import { ISessionGroup } from './backfills';
import { IClient, IPage } from './client';
import type { components } from './schema';

export type ISweepResult = components['schemas']['SweepResult'];

/** So many combinations are shown. */
export const MOST_SHOWN = 1000;

export function getGroup(client: IClient, id: string): Promise<ISessionGroup> {
  return client.get(`session-groups/${id}`);
}

export function listResults(client: IClient, id: string): Promise<IPage<ISweepResult>> {
  return client.get(`session-groups/${id}/results`, { limit: MOST_SHOWN });
}

/** Run again what has not completed, as a sweep of its own. */
export function retryGroup(client: IClient, id: string): Promise<ISessionGroup> {
  return client.send('POST', `session-groups/${id}/retry`, {});
}
