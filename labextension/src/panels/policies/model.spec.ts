import { IProjectPolicy } from '../../api/policies';
import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { PoliciesModel } from './model';

function aPolicy(name: string, waiting = 0): IProjectPolicy {
  const policy = {
    threshold: 1,
    period: null,
    parameters: [],
    method: 'enqueue' as const,
    cancels: 'new' as const,
    text: 'at most 1 at once',
    written: '1'
  };
  return { id: `pol_${name}`, name, call: null, policy, queue: { taken: 1, waiting } };
}

describe('PoliciesModel', () => {
  const policies = jest.fn();
  const queue = jest.fn();
  const set = jest.fn();
  const client = new FakeClient({
    'GET projects': () => page([{ name: 'sales' }, { name: 'data' }]),
    'GET projects/data/policies': policies,
    'GET projects/sales/policies': () => page([]),
    'GET projects/data/policies/calm/queue': queue,
    'PUT projects/data/policies/calm': set
  });
  let model: PoliciesModel;

  beforeEach(async () => {
    policies.mockReset().mockImplementation(() => page([aPolicy('calm', 2), aPolicy('other')]));
    queue.mockReset().mockImplementation(() => page([{ session_id: 'ses_1', position: 1 }]));
    set.mockReset().mockResolvedValue({});
    model = new PoliciesModel(client, TestFeed.live(), '');
    model.setActive(true);
    await pass();
  });

  afterEach(() => model.dispose());

  it('shows the policies of the first project, and the queue behind the one that is opened', async () => {
    expect(model.project).toBe('data');
    expect(queue).not.toHaveBeenCalled();
    const [calm] = model.policies;
    await model.toggle(calm);
    expect(model.isOpen(calm)).toBe(true);
    expect(model.queue?.map(one => one.session_id)).toEqual(['ses_1']);
    await model.toggle(calm);
    expect(model.queue).toBeNull();
    await model.toggle(calm);
    await model.choose('sales');
    expect([model.policies, model.queue]).toEqual([[], null]);
  });

  it('closes a policy that is gone', async () => {
    await model.toggle(model.policies[0]);
    policies.mockImplementation(() => page([aPolicy('other')]));
    queue.mockClear();
    await model.refresh();
    expect(model.queue).toBeNull();
    expect(queue).not.toHaveBeenCalled();
  });

  it('sets one of a file, or of all sessions', async () => {
    await model.set('calm', '3', 'report.ipynb');
    expect(set).toHaveBeenLastCalledWith({ policy: '3', call: 'report.ipynb' });
    await model.set('calm', '3', '');
    expect(set).toHaveBeenLastCalledWith({ policy: '3', call: null });
  });
});
