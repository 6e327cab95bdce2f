import { aLog, aSummary } from '../../testing/api-logs';
import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { ApiLogsModel } from './model';

describe('ApiLogsModel', () => {
  const list = jest.fn();
  const client = new FakeClient({
    'GET api-logs': list,
    'GET api-logs/stats/summary': () => aSummary({ dropped: 3 }),
    'GET api-logs/:id': (_: unknown, id: string) => aLog(id, { session_ids: ['ses_1'] }),
    'DELETE api-logs/:id': () => null
  });
  let model: ApiLogsModel;
  let feed: TestFeed;

  beforeEach(async () => {
    list.mockReset().mockReturnValue(page([aLog('log_2'), aLog('log_1')]));
    feed = TestFeed.live();
    model = new ApiLogsModel(client, feed, { route: '/api/v1/status' });
    model.setActive(true);
    await pass();
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it('shows the requests that fit and what the day comes to', () => {
    expect(model.items.map(({ id }) => id)).toEqual(['log_2', 'log_1']);
    expect(model.summary?.dropped).toBe(3);
    expect(list).toHaveBeenCalledWith(expect.objectContaining({ route: '/api/v1/status' }));
  });

  it('fetches what a request led to when it is opened, and forgets it when it is closed', async () => {
    const [log] = model.items;
    await model.toggle(log);
    expect(model.detail?.session_ids).toEqual(['ses_1']);
    await model.toggle(log);
    expect(model.isOpen(log)).toBe(false);
    expect(model.detail).toBeNull();
  });

  it('is not loaded again by itself: every look would be one more request', async () => {
    const before = list.mock.calls.length;
    await pass(60000);
    expect(list).toHaveBeenCalledTimes(before);
  });
});
