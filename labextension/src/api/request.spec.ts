import { ServerConnection } from '@jupyterlab/services';

import { ApiError, OfflineError, apiUrl, request } from './request';

function settings(answer: () => Promise<Response>): ServerConnection.ISettings {
  return ServerConnection.makeSettings({
    baseUrl: 'http://localhost:8888/hub/',
    fetch: jest.fn(answer) as unknown as typeof fetch
  });
}

const json = (status: number, body: string): Promise<Response> =>
  Promise.resolve(new Response(body, { status, statusText: 'Status' }));

describe('request', () => {
  it('puts what is set into the query, and nothing else', () => {
    const url = apiUrl(
      settings(() => json(200, '')),
      'sessions',
      {
        status: 'failed,timeout',
        limit: 5,
        trigger: '',
        cursor: null
      }
    );
    expect(url).toBe(
      'http://localhost:8888/hub/notebook-automation/api/v1/sessions?status=failed%2Ctimeout&limit=5'
    );
  });

  it('gives the parsed answer, and null for an empty one', async () => {
    await expect(
      request(
        settings(() => json(200, '{"id": 1}')),
        'x'
      )
    ).resolves.toEqual({ id: 1 });
    await expect(
      request(
        settings(() => json(201, '')),
        'x'
      )
    ).resolves.toBeNull();
  });

  it("fails with the server's own message and code", async () => {
    const problem = '{"detail": "The name is taken: choose another.", "code": "name_taken"}';
    const failure = request(
      settings(() => json(409, problem)),
      'triggers',
      {
        method: 'POST',
        body: {}
      }
    );
    await expect(failure).rejects.toEqual(
      new ApiError('The name is taken: choose another.', 409, 'name_taken')
    );
    await expect(failure).rejects.toMatchObject({ status: 409, code: 'name_taken' });
  });

  it('names the status where a proxy answered', async () => {
    const failure = request(
      settings(() => json(502, '<html>')),
      'x'
    );
    await expect(failure).rejects.toThrow('The server answered 502 Status.');
  });

  it('distinguishes no answer from a refusal', async () => {
    const failure = request(
      settings(() => Promise.reject(new TypeError('network'))),
      'x'
    );
    await expect(failure).rejects.toBeInstanceOf(OfflineError);
  });
});
