/** Steps of durable sessions: calls that are recorded, so that they are not done again. */
import { IClient, IPage } from './client';
import type { components } from './schema';

export type IStep = components['schemas']['SessionStep'];
export type StepStatus = IStep['status'];

export function listSteps(client: IClient, id: string): Promise<IPage<IStep>> {
  return client.get(`sessions/${id}/steps`);
}
