import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { VariablesModel } from './model';

const project = (name: string): object => ({ id: `prj_${name}`, name });

describe('VariablesModel', () => {
  it('shows the first project, then the one that is chosen, and follows its changes', async () => {
    const feed = TestFeed.live();
    const put = jest.fn();
    const list = jest.fn((_: unknown, name: string) =>
      page([{ name: `OF_${name}`, value: 'x', secret: false, description: null }])
    );
    const model = new VariablesModel(
      new FakeClient({
        'GET projects': () => page([project('ops'), project('lab')]),
        'GET projects/:id/variables': list,
        'PUT projects/:id/variables/A%20B': put
      }),
      feed,
      ''
    );
    model.setActive(true);
    await pass();
    expect(model.projects.map(({ name }) => name)).toEqual(['lab', 'ops']);
    expect(model.variables[0].name).toBe('OF_lab');
    await model.choose('ops');
    expect(model.variables[0].name).toBe('OF_ops');
    await model.set('A B', 'v', true, 'what for');
    expect(put).toHaveBeenCalledWith({ value: 'v', secret: true, description: 'what for' }, 'ops');
    const before = list.mock.calls.length;
    const content = { name: 'ops' };
    const change = { type: 'change', seq: 0, id: 'prj_ops', at: '' } as const;
    feed.send({ ...change, channel: 'projects', activity: 'updated', content });
    await pass(500);
    expect(list.mock.calls.length).toBe(before + 1);
    model.dispose();
    feed.dispose();
  });
});
