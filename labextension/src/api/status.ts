/** The server as a whole: whether its engine runs, and how many sessions do. */
import { IClient } from './client';
import type { components } from './schema';

export type IStatus = components['schemas']['Status'];

export function getStatus(client: IClient): Promise<IStatus> {
  return client.get('status');
}
