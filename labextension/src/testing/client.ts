/** A client without a server: a test says what each route answers. */
import { IClient, IPage } from '../api/client';
import { Query } from '../api/request';

/** Answers a request; `input` is its query or its body, `ids` what stands for `:id` in the route. */
export type Answer = (input: never, ...ids: string[]) => unknown;

export class FakeClient implements IClient {
  /** `answers` by route, such as `GET sessions/:id`; a request to any other route rejects. */
  constructor(private readonly _answers: Readonly<Record<string, Answer>>) {}

  /** Every request so far, such as `GET sessions/ses_1`. */
  readonly requests: string[] = [];

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this._request<T>(`GET ${path}`, query);
  }

  send<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this._request<T>(`${method} ${path}`, body);
  }

  text(path: string): Promise<string> {
    return this._request<string>(`GET ${path}`, {});
  }

  downloadUrl(path: string): string {
    return path;
  }

  private async _request<T>(request: string, input: unknown): Promise<T> {
    this.requests.push(request);
    for (const [route, answer] of Object.entries(this._answers)) {
      const match = new RegExp(`^${route.replace(':id', '([^/]+)')}$`).exec(request);
      if (match) {
        return (await answer(input as never, ...match.slice(1))) as T;
      }
    }
    throw new Error(`No answer is given for ${request}.`);
  }
}

export function page<T>(items: T[], next_cursor: string | null = null): IPage<T> {
  return { items, next_cursor };
}
