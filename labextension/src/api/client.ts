/** What every noun's calls are made with: requests to the REST API of one server. */
import { ServerConnection } from '@jupyterlab/services';

import { IRequestOptions, Query, apiUrl, request, requestText } from './request';

/** A page of a list; `next_cursor` asks for the one after it. */
export interface IPage<T> {
  items: T[];
  next_cursor: string | null;
}

/** By which column the server sorts a list, and which way. */
export interface ISort {
  readonly column: string;
  readonly order: 'asc' | 'desc';
}

/** Every call rejects with `ApiError` or `OfflineError`, whose message can be shown as it is. */
export interface IClient {
  get<T>(path: string, query?: Query): Promise<T>;
  /** What is no JSON, as text. */
  text(path: string): Promise<string>;
  send<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    signal?: AbortSignal
  ): Promise<T>;
  /** Where the browser itself fetches a file; a cookie or the token authorises it. */
  downloadUrl(path: string): string;
}

export class Client implements IClient {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  get<T>(path: string, query?: Query): Promise<T> {
    return request<T>(this._settings, path, { query });
  }

  text(path: string): Promise<string> {
    return requestText(this._settings, path);
  }

  send<T>(
    method: IRequestOptions['method'],
    path: string,
    body?: unknown,
    signal?: AbortSignal
  ): Promise<T> {
    return request<T>(this._settings, path, { method, body, signal });
  }

  downloadUrl(path: string): string {
    const { token, appendToken } = this._settings;
    return apiUrl(this._settings, path, { download: 1, token: appendToken ? token : null });
  }
}
