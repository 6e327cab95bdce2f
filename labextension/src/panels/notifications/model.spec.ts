import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { aNotification } from '../../testing/notifications';
import { NotificationsModel } from './model';

const RULES = [{ on: ['failed' as const], to: ['panel'], if: null }];

describe('NotificationsModel', () => {
  const list = jest.fn((_query: unknown) => page([aNotification('ntf_1')]));
  const put = jest.fn((body: unknown) => body);
  const test = jest.fn((_body: unknown) => ({ to: 'panel', sent: true, error: null }));
  const projects = ['sales', 'hr'].map(name => ({ id: `prj_${name}`, name }));
  let feed: TestFeed;
  let model: NotificationsModel;

  const show = async (some = projects): Promise<void> => {
    const client = new FakeClient({
      'GET notifications': list,
      'GET projects': () => page([...some]),
      'GET projects/:id/notify': (_: unknown, id: string) => ({
        notify: id === 'prj_sales' ? RULES : []
      }),
      'PUT projects/:id/notify': put,
      'POST notifications/test': test
    });
    feed = TestFeed.live();
    model = new NotificationsModel(client, feed);
    model.setActive(true);
    await pass();
  };

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it('shows who hears of what in the project that is chosen, or the only one', async () => {
    await show();
    expect([model.project, model.rules]).toEqual([null, null]);
    await model.setFilter({ project: 'prj_sales' });
    expect(list).toHaveBeenLastCalledWith(expect.objectContaining({ project_id: 'prj_sales' }));
    expect(model.rules).toEqual(RULES);
    model.dispose();
    feed.dispose();
    await show([projects[0]]);
    expect(model.project?.name).toBe('sales');
    expect(model.rules).toEqual(RULES);
  });

  it('sets it, and tries a way out with the secrets of the project', async () => {
    await show([projects[0]]);
    await model.setRules([]);
    expect(put).toHaveBeenCalledWith({ notify: [] }, 'prj_sales');
    expect(model.rules).toEqual([]);
    expect((await model.test('panel')).sent).toBe(true);
    expect(test).toHaveBeenCalledWith({ project: 'prj_sales', to: 'panel' });
  });
});
