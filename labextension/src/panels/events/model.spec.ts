import { IEvent } from '../../api/events';
import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { anEvent } from '../../testing/events';
import { EventsModel } from './model';

describe('EventsModel', () => {
  const list = jest.fn();
  const get = jest.fn((_: unknown, id: string) => anEvent(id, { enforcements: [] }));
  const client = new FakeClient({
    'GET events': list,
    'GET events/:id': get,
    'GET triggers': () => page([])
  });
  let model: EventsModel;
  let feed: TestFeed;
  const ids = (): string[] => model.items.map((event: IEvent) => event.id);

  const show = async (opened: string | null = null): Promise<void> => {
    feed = TestFeed.live();
    model = new EventsModel(client, feed, {}, opened);
    model.setActive(true);
    await pass();
  };

  beforeEach(() => {
    list.mockReset().mockResolvedValue(page([anEvent('evt_2'), anEvent('evt_1')]));
    get.mockClear();
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it('fetches what the rules made of an event when it is opened', async () => {
    await show();
    expect(get).not.toHaveBeenCalled();
    await model.toggle(model.items[1]);
    expect(model.isOpen(model.items[1])).toBe(true);
    expect(model.detail?.id).toBe('evt_1');
    await model.toggle(model.items[1]);
    expect(model.detail).toBeNull();
  });

  it('shows an event that was asked for, also where the page does not reach it', async () => {
    await show('evt_0');
    expect(ids()).toEqual(['evt_0', 'evt_2', 'evt_1']);
    await model.setFilter({ ran: 'false' });
    expect(list).toHaveBeenLastCalledWith(expect.objectContaining({ ran: 'false' }));
    expect(ids()).toEqual(['evt_2', 'evt_1']);
  });

  it('loads what came in', async () => {
    await show();
    list.mockResolvedValue(page([anEvent('evt_3'), anEvent('evt_2'), anEvent('evt_1')]));
    feed.send({
      type: 'change',
      seq: 0,
      channel: 'events',
      id: 'evt_3',
      activity: 'created',
      content: { type: 'post', source: 'webhook', trigger: 'sales/hook' },
      at: ''
    });
    await pass(500);
    expect(ids()).toEqual(['evt_3', 'evt_2', 'evt_1']);
  });
});
