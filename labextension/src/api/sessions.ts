/** Sessions: their types, and the calls that read, cancel and retry them. */
import { IClient, IPage } from './client';
import { Query } from './request';
import type { components } from './schema';

type Schemas = components['schemas'];

export type ISession = Schemas['Session'];
export type SessionStatus = ISession['status'];
export type ICell = Schemas['Cell'];
export type CellStatus = ICell['status'];
export type ILogEntry = Schemas['LogEntry'];

export function listSessions(client: IClient, query: Query): Promise<IPage<ISession>> {
  return client.get('sessions', query);
}

export function getSession(client: IClient, id: string): Promise<ISession> {
  return client.get(`sessions/${id}`);
}

export function listCells(client: IClient, id: string): Promise<IPage<ICell>> {
  return client.get(`sessions/${id}/cells`);
}

/** Up to `limit` log entries after the number `after`, oldest first. */
export function listLog(
  client: IClient,
  id: string,
  after: number,
  limit: number
): Promise<IPage<ILogEntry>> {
  return client.get(`sessions/${id}/log`, { after, limit });
}

export function cancelSession(client: IClient, id: string): Promise<ISession> {
  return client.send('POST', `sessions/${id}/cancel`, {});
}

/** Start a session's action once more, as a new session, which is returned. */
export function retrySession(client: IClient, id: string): Promise<ISession> {
  return client.send('POST', `sessions/${id}/retry`, {});
}
