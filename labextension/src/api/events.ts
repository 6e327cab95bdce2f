/** Events: what happened, and which rules it met. */
import { IClient } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type IEvent = Schemas['Event'];
export type IEnforcement = Schemas['Enforcement'];

export function getEvent(client: IClient, id: string): Promise<IEvent> {
  return client.get(`events/${id}`);
}
