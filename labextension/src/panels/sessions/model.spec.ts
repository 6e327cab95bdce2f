import { ISession } from '../../api/sessions';
import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { aSession, sessionChange } from '../../testing/sessions';
import { SessionsModel, merged } from './model';

describe('merged', () => {
  const ids = (items: ISession[]): string[] => items.map(item => item.id);
  const rows = (...names: string[]): ISession[] => names.map(name => aSession(name));

  it('puts the fresh page before the older rows already shown', () => {
    expect(ids(merged(rows('5', '4', '3'), rows('4', '3', '2', '1'), 'desc'))).toEqual([
      '5',
      '4',
      '3',
      '2',
      '1'
    ]);
  });

  it('drops what is gone from the page', () => {
    expect(ids(merged(rows('5', '3'), rows('4', '3', '2'), 'desc'))).toEqual(['5', '3', '2']);
    expect(merged([], rows('4'), 'desc')).toEqual([]);
  });

  it('works oldest first as well', () => {
    expect(ids(merged(rows('1', '2'), rows('2', '3'), 'asc'))).toEqual(['1', '2', '3']);
  });
});

describe('SessionsModel', () => {
  let feed: TestFeed;
  let model: SessionsModel;
  const list = jest.fn();
  const get = jest.fn();
  const client = new FakeClient({
    'GET sessions': list,
    'GET sessions/counts': () => ({ statuses: { failed: 2, timeout: 1 } }),
    'GET sessions/:id': get,
    'GET triggers': () => page([])
  });
  const show = async (): Promise<void> => {
    model = new SessionsModel(client, feed);
    model.setActive(true);
    await pass();
  };

  beforeEach(() => {
    feed = TestFeed.live();
    list.mockReset().mockResolvedValue(page([aSession('ses_2'), aSession('ses_1')], 'next'));
    get.mockReset();
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it('loads when it is first shown, and appends pages by key', async () => {
    await show();
    expect(model.items.map(item => item.id)).toEqual(['ses_2', 'ses_1']);
    list.mockResolvedValue(page([aSession('ses_1'), aSession('ses_0')]));
    await model.loadMore();
    expect(list).toHaveBeenLastCalledWith(expect.objectContaining({ cursor: 'next' }));
    expect(model.items.map(item => item.id)).toEqual(['ses_2', 'ses_1', 'ses_0']);
    expect(model.more).toBe(false);
  });

  it('updates a row with its cells, without a request', async () => {
    await show();
    feed.send(sessionChange('ses_1', { current_cell: 3 }, 'cell'));
    expect(model.items[1].current_cell).toBe(3);
    expect(list).toHaveBeenCalledTimes(1);
    expect(get).not.toHaveBeenCalled();
  });

  it('fetches the row that ended, and drops it where the filter is for others', async () => {
    await show();
    await model.setFilter({ group: 'active' });
    expect(list).toHaveBeenLastCalledWith(
      expect.objectContaining({ status: expect.stringContaining('running') })
    );
    get.mockResolvedValue(aSession('ses_1', { status: 'completed', duration: 2 }));
    feed.send(sessionChange('ses_1', { status: 'completed' }));
    await pass();
    expect(model.items.map(item => item.id)).toEqual(['ses_2']);
  });

  it('counts those that wait apart from the active ones', async () => {
    const counted = new FakeClient({
      'GET sessions': list,
      'GET sessions/counts': () => ({ statuses: { running: 2, waiting: 3, requested: 1 } }),
      'GET triggers': () => page([])
    });
    model = new SessionsModel(counted, feed);
    model.setActive(true);
    await pass();
    expect([model.count('active'), model.count('waiting'), model.count('')]).toEqual([3, 3, 6]);
  });

  it('does not show the answer for a filter that was changed meanwhile', async () => {
    await show();
    let late: (value: unknown) => void = () => undefined;
    list.mockReturnValueOnce(new Promise(resolve => (late = resolve)));
    const first = model.setFilter({ group: 'failed' });
    void model.setFilter({ group: 'completed' });
    late(page([aSession('ses_9', { status: 'failed' })]));
    await first;
    await pass();
    expect(model.items.map(item => item.id)).not.toContain('ses_9');
  });

  it('keeps what it shows while the server is unreachable', async () => {
    await show();
    feed.goOffline();
    expect(model.offline).toBe(true);
    expect(model.items).toHaveLength(2);
    feed.goLive();
    expect(model.offline).toBe(false);
  });

  it('shows the answer to the last request for a row, not the last to arrive', async () => {
    await show();
    let late: (value: unknown) => void = () => undefined;
    get.mockReturnValueOnce(new Promise(resolve => (late = resolve)));
    feed.send(sessionChange('ses_1', { status: 'canceling' }));
    get.mockResolvedValueOnce(aSession('ses_1', { status: 'cancelled' }));
    feed.send(sessionChange('ses_1', { status: 'cancelled' }));
    await pass();
    late(aSession('ses_1', { status: 'canceling' }));
    await pass();
    expect(model.items[1].status).toBe('cancelled');
  });

  it('loads once more for a change that came while it loaded', async () => {
    await show();
    feed.send(sessionChange('ses_3', {}, 'created'));
    let late: (value: unknown) => void = () => undefined;
    list.mockReturnValueOnce(new Promise(resolve => (late = resolve)));
    await pass(500);
    expect(list).toHaveBeenCalledTimes(2);
    feed.send(sessionChange('ses_4', {}, 'created'));
    late(page([]));
    await pass(500);
    expect(list).toHaveBeenCalledTimes(3);
  });

  it('loads again what it loaded before the feed was live', async () => {
    feed = new TestFeed();
    await show();
    feed.goLive();
    await pass(500);
    expect(list).toHaveBeenCalledTimes(2);
  });

  it('loads again after an error, once the server is back', async () => {
    await show();
    list.mockRejectedValueOnce(new Error('The server is stopping.'));
    await model.refresh();
    expect(model.error).toBe('The server is stopping.');
    feed.goOffline();
    expect(model.error).toBeNull();
    expect(model.offline).toBe(true);
    feed.goLive();
    await pass(600);
    expect(model.error).toBeNull();
  });

  it('fetches nothing while it is hidden', async () => {
    await show();
    model.setActive(false);
    feed.send(sessionChange('ses_3', {}, 'created'));
    await pass();
    expect(list).toHaveBeenCalledTimes(1);
    model.setActive(true);
    await pass();
    expect(list).toHaveBeenCalledTimes(2);
  });

  it('counts by status', async () => {
    const before = new SessionsModel(client, feed);
    expect(before.count('')).toBeNull();
    before.dispose();
    await show();
    expect([model.count('failed'), model.count('')]).toEqual([3, 3]);
  });

  it('fetches what is shown again where it is sorted by something that changes', async () => {
    await show();
    const first = Array.from({ length: 50 }, (_, index) => aSession(`ses_${90 - index}`));
    list.mockImplementation(({ cursor }: { cursor: string | null }) =>
      cursor ? page([aSession('ses_9')]) : page(first, 'next')
    );
    await model.sortBy({ column: 'duration', order: 'desc' });
    expect(list).toHaveBeenLastCalledWith(
      expect.objectContaining({ sort: 'duration', order: 'desc', cursor: null })
    );
    expect(model.items).toHaveLength(50);
    await model.loadMore();
    expect(model.items).toHaveLength(51);
    list.mockClear();
    await model.refresh();
    expect(list).toHaveBeenCalledTimes(2);
    expect(model.items).toHaveLength(51);
  });

  it('drops the row that was deleted', async () => {
    await show();
    feed.send(sessionChange('ses_1', {}, 'deleted'));
    expect(model.items.map(item => item.id)).toEqual(['ses_2']);
  });

  it("shows the server's error message when the list cannot be loaded", async () => {
    list.mockRejectedValue(new Error('The database is locked: try again.'));
    await show();
    expect(model.error).toBe('The database is locked: try again.');
  });
});
