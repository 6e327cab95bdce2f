/** Requests to the REST API, and the one error type they fail with. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { parseJson, toJson } from './json';

/** The API's root, relative to the server's base URL. */
export const API = 'notebook-automation/api/v1';

/** Says by which way somebody does something: it is kept on record with answers. */
const CHANNEL = 'X-Notebook-Automation-Channel';

export type Query = Record<string, string | number | boolean | null | undefined>;

/** An answer other than 2xx; `message` is the server's own, and can be shown. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly errors: readonly unknown[] = []
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** What of the request it is about, such as `schedule` or `parameters.region`; '' where it does not say. */
  get field(): string {
    const [first] = this.errors as readonly ({ field?: unknown } | null)[];
    return typeof first?.field === 'string' ? first.field : '';
  }
}

/** No answer at all: the server is down, or the network is. */
export class OfflineError extends Error {
  constructor() {
    super('The Jupyter server does not answer. It is asked again as soon as it is back.');
    this.name = 'OfflineError';
  }
}

/** The message to show for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export interface IRequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
}

/** Absolute URL of an API path, with the query's set values. */
export function apiUrl(settings: ServerConnection.ISettings, path: string, query?: Query): string {
  const set = Object.entries(query ?? {}).filter(
    (entry): entry is [string, string | number | boolean] => entry[1] != null && entry[1] !== ''
  );
  const search = new URLSearchParams(set.map(([key, value]) => [key, String(value)])).toString();
  return URLExt.join(settings.baseUrl, API, path) + (search ? `?${search}` : '');
}

/** Ask the API; the parsed JSON of a 2xx, else `ApiError` or `OfflineError`. */
export async function request<T>(
  settings: ServerConnection.ISettings,
  path: string,
  options: IRequestOptions = {}
): Promise<T> {
  const text = await requestText(settings, path, options);
  return (text ? parseJson(text) : null) as T;
}

/** Ask the API; the text of a 2xx, else `ApiError` or `OfflineError`. */
export async function requestText(
  settings: ServerConnection.ISettings,
  path: string,
  options: IRequestOptions = {}
): Promise<string> {
  const init: RequestInit = { method: options.method ?? 'GET', cache: 'no-store' };
  // No header of ours on other requests: a server on another origin would have to allow it.
  const headers: Record<string, string> =
    path.startsWith('inquiries') && options.method ? { [CHANNEL]: 'panel' } : {};
  if (options.signal) {
    init.signal = options.signal;
  }
  if (options.body !== undefined) {
    init.body = toJson(options.body);
    init.headers = { ...headers, 'Content-Type': 'application/json' };
  }
  let response: Response;
  try {
    response = await ServerConnection.makeRequest(
      apiUrl(settings, path, options.query),
      init,
      settings
    );
  } catch (error) {
    if (error instanceof ServerConnection.NetworkError) {
      throw new OfflineError();
    }
    throw error;
  }
  const text = await response.text();
  if (!response.ok) {
    throw problem(response, text);
  }
  return text;
}

function problem(response: Response, text: string): ApiError {
  try {
    const data = JSON.parse(text) as {
      detail?: string;
      message?: string;
      title?: string;
      code?: string;
      errors?: unknown[];
    };
    const detail = data.detail || data.message || data.title;
    if (detail) {
      return new ApiError(detail, response.status, data.code ?? 'error', data.errors);
    }
  } catch {
    // Not JSON: a proxy in front of the server answered.
  }
  const status = `${response.status} ${response.statusText}`.trim();
  return new ApiError(`The server answered ${status}.`, response.status, 'error');
}
