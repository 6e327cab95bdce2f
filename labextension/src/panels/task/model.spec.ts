import { ApiError } from '../../api/request';
import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { aTrigger } from '../../testing/triggers';
import { NEW_DRAFT, configOf, draftErrors, newTask } from './draft';
import { TaskModel } from './model';

const WORDS = { header: 'no header', json: 'no object' };
const CALL = {
  kind: 'api_call' as const,
  url: 'https://api.example.com/report',
  method: 'POST' as const,
  headers: { Authorization: 'Bearer {{secret:TOKEN}}' },
  body: { region: '{{param:region}}' },
  timeout: 30
};
const SCHEDULE = {
  cron: '0 9 * * *',
  every: null,
  at: null,
  timezone: 'Europe/Berlin',
  jitter: 0,
  catch_up: 'all' as const,
  calendar: null,
  description: 'at 09:00'
};

describe('what is filled in', () => {
  it('becomes a task', () => {
    const draft = {
      ...NEW_DRAFT,
      name: ' Daily Report ',
      url: ' https://api.example.com/report ',
      method: 'POST' as const,
      headers: 'X-A: 1\n\nX-B: a:b',
      body: '{"n": 1}',
      timeout: '5',
      parameters: '{"region": "emea"}',
      timezone: 'UTC',
      retries: '2',
      retryDelay: '1'
    };
    expect(newTask(draft)).toEqual({
      name: 'Daily Report',
      task_type: 'api_call',
      config: {
        url: 'https://api.example.com/report',
        method: 'POST',
        headers: { 'X-A': '1', 'X-B': 'a:b' },
        body: { n: 1 },
        timeout: 5,
        parameters: { region: 'emea' }
      },
      schedule: '0 6 * * *',
      timezone: 'UTC',
      retry_policy: { max_attempts: 3, base_delay: 60, max_delay: null }
    });
    expect(newTask({ ...draft, when: 'manual' }).schedule).toBeNull();
  });

  it.each([
    ['a=1&b=2', 'a=1&b=2'],
    ['"text"', 'text'],
    ['[1]', [1]],
    ['', undefined]
  ])('has the body %s', (body, sent) => {
    expect(configOf({ ...NEW_DRAFT, method: 'POST', body }).body).toEqual(sent);
    expect(configOf({ ...NEW_DRAFT, method: 'GET', body }).body).toBeUndefined();
  });

  it('is said where it cannot be read', () => {
    expect(draftErrors({ ...NEW_DRAFT, headers: 'X-A: 1\n' }, WORDS)).toEqual({});
    expect(draftErrors({ ...NEW_DRAFT, headers: 'X-A', parameters: '[1]' }, WORDS)).toEqual({
      headers: 'no header',
      parameters: 'no object'
    });
  });
});

describe('TaskModel', () => {
  const update = jest.fn();
  const create = jest.fn();
  const stored = aTrigger('daily', {
    type: 'schedule',
    title: 'Daily Report',
    call: null,
    api_call: CALL,
    schedule: SCHEDULE,
    parameters: { region: 'emea' },
    time_limit: 60
  });
  const client = new FakeClient({
    'POST tasks': create,
    'PATCH tasks/:id': update,
    'GET triggers/:id': () => stored,
    'GET status': () => ({ timezone: 'Europe/Vienna' }),
    'GET projects': () => page([])
  });
  const make = async (id?: string): Promise<TaskModel> => {
    const model = new TaskModel(client, TestFeed.live(), id);
    model.setActive(true);
    await pass();
    return model;
  };

  beforeEach(() => {
    update.mockReset().mockResolvedValue({ id: 'daily' });
    create.mockReset().mockResolvedValue({ id: 'daily' });
  });

  it('changes a call, and leaves its time alone where that stays', async () => {
    const model = await make('daily');
    expect(model.draft).toMatchObject({ name: 'Daily Report', when: 'schedule', timeout: '30' });
    model.update({ timeout: '10' });
    await model.save();
    expect(update).toHaveBeenCalledWith(
      {
        name: 'Daily Report',
        task_type: 'api_call',
        config: {
          url: CALL.url,
          method: 'POST',
          headers: CALL.headers,
          body: CALL.body,
          timeout: 10,
          parameters: { region: 'emea' },
          time_limit: 60
        },
        retry_policy: null
      },
      'daily'
    );
    model.update({ rhythm: { ...model.draft.rhythm, time: '10:00' } });
    await model.save();
    expect(update.mock.calls[1][0]).toMatchObject({
      schedule: '0 10 * * *',
      timezone: 'Europe/Berlin'
    });
  });

  it('shows a refusal under its field until that is changed', async () => {
    const model = await make();
    expect(model.draft.timezone).toBe('Europe/Vienna');
    create.mockRejectedValue(
      new ApiError('No address.', 400, 'api_call_invalid', [{ field: 'api_call.url' }])
    );
    await expect(model.save()).rejects.toThrow('No address.');
    expect([model.refusalOf('url'), model.refusal]).toEqual(['No address.', null]);
    model.update({ url: 'https://api.example.com/' });
    expect(model.refusalOf('url')).toBeNull();
    create.mockRejectedValue(new ApiError('Not now.', 503, 'unavailable'));
    await expect(model.save()).rejects.toThrow('Not now.');
    expect(model.refusal).toBe('Not now.');
  });
});
