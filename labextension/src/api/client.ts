/** The REST API as typed calls, a room each. */
import { ServerConnection } from '@jupyterlab/services';

import { IRequestOptions, Query, apiUrl, request } from './request';
import {
  IArtifact,
  ICell,
  IEvent,
  IFired,
  IInspection,
  ILogEntry,
  IPage,
  ISession,
  IStatus,
  ITrigger,
  ITriggerBody,
  Values
} from './types';

/** Every call rejects with `ApiError` or `OfflineError`, whose message can be shown as it is. */
export class Client {
  constructor(readonly settings: ServerConnection.ISettings) {}

  status(): Promise<IStatus> {
    return this._get('status');
  }

  readonly triggers = {
    list: (query: Query = {}): Promise<IPage<ITrigger>> => this._get('triggers', query),
    get: (id: string): Promise<ITrigger> => this._get(`triggers/${id}`),
    create: (body: ITriggerBody): Promise<ITrigger> => this._send('POST', 'triggers', body),
    update: (id: string, body: ITriggerBody): Promise<ITrigger> =>
      this._send('PATCH', `triggers/${id}`, body),
    remove: (id: string): Promise<null> => this._send('DELETE', `triggers/${id}`),
    preview: (body: ITriggerBody, signal?: AbortSignal): Promise<ITrigger> =>
      this._send('POST', 'triggers/preview', body, signal),
    fire: (id: string, body: { parameters?: Values; data?: unknown } = {}): Promise<IFired> =>
      this._send('POST', `triggers/${id}/fire`, body)
  };

  readonly projects = {
    inspect: (path: string): Promise<IInspection> => this._get('projects/inspect', { path })
  };

  readonly sessions = {
    list: (query: Query = {}): Promise<IPage<ISession>> => this._get('sessions', query),
    get: (id: string): Promise<ISession> => this._get(`sessions/${id}`),
    cells: (id: string): Promise<IPage<ICell>> => this._get(`sessions/${id}/cells`),
    log: (id: string, after: number, limit: number): Promise<IPage<ILogEntry>> =>
      this._get(`sessions/${id}/log`, { after, limit }),
    cancel: (id: string): Promise<ISession> => this._send('POST', `sessions/${id}/cancel`, {}),
    retry: (id: string): Promise<ISession> => this._send('POST', `sessions/${id}/retry`, {})
  };

  readonly artifacts = {
    list: (query: Query = {}): Promise<IPage<IArtifact>> => this._get('artifacts', query),
    versions: (id: string): Promise<IPage<IArtifact>> => this._get(`artifacts/${id}/versions`),
    remove: (id: string): Promise<null> => this._send('DELETE', `artifacts/${id}`),
    /** Where the browser fetches the file; a cookie or the token authorises it. */
    downloadUrl: (artifact: IArtifact): string => {
      const { token, appendToken } = this.settings;
      const query = { download: 1, token: appendToken ? token : null };
      return apiUrl(this.settings, `artifacts/${artifact.id}/content`, query);
    }
  };

  readonly events = {
    get: (id: string): Promise<IEvent> => this._get(`events/${id}`)
  };

  private _get<T>(path: string, query?: Query): Promise<T> {
    return request<T>(this.settings, path, { query });
  }

  private _send<T>(
    method: IRequestOptions['method'],
    path: string,
    body?: unknown,
    signal?: AbortSignal
  ): Promise<T> {
    return request<T>(this.settings, path, { method, body, signal });
  }
}
