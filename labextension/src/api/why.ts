/** Why something ran, or did not, and what a filter comes to on the newest events. */
import { IClient } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type IWhy = Schemas['Why'];
export type IStep = Schemas['WhyStep'];
export type IClause = Schemas['Clause'];
export type ITried = Schemas['Tried'];

/** `key` is the id of an event, a session or a trigger. */
export function getWhy(client: IClient, key: string): Promise<IWhy> {
  return client.get(`why/${key}`);
}

export async function tryFilter(
  client: IClient,
  body: Schemas['TryBody'],
  signal: AbortSignal
): Promise<readonly ITried[]> {
  const answer: Schemas['TriedList'] = await client.send('POST', 'events/try', body, signal);
  return answer.items;
}
