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

export type ISessionBody = Schemas['SessionBody'];

/** Run a notebook or function once, without a trigger. */
export function startSession(client: IClient, body: ISessionBody): Promise<ISession> {
  return client.send('POST', 'sessions', body);
}

/** How many sessions there are by status; a status that none is in is absent. */
export async function countSessions(
  client: IClient,
  query: Query
): Promise<Partial<Record<SessionStatus, number>>> {
  return (await client.get<Schemas['SessionCounts']>('sessions/counts', query)).statuses;
}

/** Say that a session's failure has been seen: it is no longer counted among what failed lately. */
export function acknowledgeSession(client: IClient, id: string): Promise<ISession> {
  return client.send('POST', `sessions/${id}/acknowledge`, { seen: true });
}

/** Delete an ended session with its log and its artifacts. */
export function deleteSession(client: IClient, id: string): Promise<null> {
  return client.send('DELETE', `sessions/${id}`);
}

/** Send a session a signal; `payload` is JSON. */
export function sendSignal(
  client: IClient,
  id: string,
  name: string,
  payload: unknown
): Promise<Schemas['SignalReceipt']> {
  return client.send('POST', `sessions/${id}/signals`, { name, payload });
}

/** Let a session that sleeps go on now. */
export function wakeSession(client: IClient, id: string): Promise<ISession> {
  return client.send('POST', `sessions/${id}/wake`, {});
}

/** Ask a session to stop, with `children` also all that it has started, and what these have. */
export function cancelSession(client: IClient, id: string, children = false): Promise<ISession> {
  return client.send('POST', `sessions/${id}/cancel${children ? '?children=true' : ''}`, {});
}

/** Start a session's action once more, as a new session, which is returned. */
/** Which files a retry runs: those of the session before, or those that are in the project now. */
export type RetryFiles = NonNullable<Schemas['RetryBody']['files']>;

export function retrySession(client: IClient, id: string, files: RetryFiles): Promise<ISession> {
  return client.send('POST', `sessions/${id}/retry`, { files });
}
