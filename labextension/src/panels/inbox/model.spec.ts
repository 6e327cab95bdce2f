import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { aDelivery } from '../../testing/inbox';
import { InboxModel } from './model';

describe('InboxModel', () => {
  const list = jest.fn();
  const get = jest.fn();
  const mark = jest.fn();
  const replay = jest.fn();
  const client = new FakeClient({
    'GET webhooks/inbox': list,
    'GET webhooks/inbox/sources': () => ({ items: [] }),
    'GET webhooks/inbox/:id': get,
    'PATCH webhooks/inbox/:id': mark,
    'POST events/:id/replay': replay
  });
  let model: InboxModel;
  let feed: TestFeed;
  const ids = (): string[] => model.items.map(({ id }) => id);

  const show = async (opened: string | null = null): Promise<void> => {
    feed = TestFeed.live();
    model = new InboxModel(client, feed, {}, opened);
    model.setActive(true);
    await pass();
  };

  beforeEach(() => {
    list
      .mockReset()
      .mockImplementation(
        ({ bookmarked, cursor }: { bookmarked: string; cursor: string | null }) =>
          bookmarked === 'true'
            ? page([aDelivery('evt_1', { bookmarked_at: '2026-01-02T00:00:00Z' })])
            : cursor
              ? page([aDelivery('evt_2')])
              : page([aDelivery('evt_3')], 'next')
      );
    get.mockReset().mockImplementation((_: unknown, id: string) => aDelivery(id, { body: {} }));
    mark.mockReset();
    replay.mockReset();
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it('shows those with a bookmark first, once', async () => {
    await show();
    expect(ids()).toEqual(['evt_1', 'evt_3', 'evt_2']);
    await model.loadMore();
    const cursors = list.mock.calls.map(
      ([query]: { cursor: string | null; bookmarked: string }[]) =>
        [query.bookmarked, query.cursor].join()
    );
    expect(cursors.filter(one => one === 'true,next')).toEqual([]);
    await model.sortBy({ column: 'type', order: 'asc' });
    expect(list).toHaveBeenLastCalledWith(
      expect.objectContaining({ sort: 'type', bookmarked: '' })
    );
  });

  it('makes a filter of the values that are clicked on', async () => {
    await show('evt_2');
    model.pick('data.json.action', 'opened');
    model.pick('data.json.n', 7);
    model.pick('data.json.action', 'closed');
    expect(model.tests).toEqual(['data.json.n == 7', 'data.json.action == "closed"']);
    model.pick('data.json.n', 7);
    expect(model.isPicked('data.json.n', 7)).toBe(false);
    expect(model.isPicked('data.json.action', 'closed')).toBe(true);
    await model.toggle(model.items[0]);
    expect(model.tests).toEqual([]);
  });

  it('shows at once what was said of the open delivery', async () => {
    await show('evt_2');
    get.mockReturnValue(aDelivery('evt_2', { status: 'processed' }));
    await model.mark(model.detail!, 'processed');
    expect(mark).toHaveBeenCalledWith({ status: 'processed' }, 'evt_2');
    expect(model.detail?.status).toBe('processed');
  });

  it('replays many at a rate, until somebody cancels it', async () => {
    await show();
    const items = model.items;
    const action = ({ id }: { id: string }): Promise<unknown> => model.replay(id, {});
    const all = model.each('Replay', items, action, 200);
    await pass(0);
    expect(model.bulk).toMatchObject({ done: 1, total: 3, paced: true });
    await pass(150);
    expect(replay).toHaveBeenCalledTimes(1);
    await pass(60);
    expect(replay).toHaveBeenCalledTimes(2);
    model.cancelBulk();
    expect(await all).toEqual([]);
    expect(replay).toHaveBeenCalledTimes(2);
    expect(model.bulk).toBeNull();
    expect(model.selected.map(({ id }) => id)).toEqual(['evt_2']);
  });
});
