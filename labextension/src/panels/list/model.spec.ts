import { ITrigger } from '../../api/triggers';
import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { aTrigger } from '../../testing/triggers';
import { TriggersModel } from '../triggers/model';

describe('ListModel', () => {
  /** A whole page, and one more. */
  const all = Array.from({ length: 51 }, (_, index) => aTrigger(String(60 - index)));
  const list = jest.fn(({ cursor }: { cursor: string | null }) =>
    Promise.resolve(cursor ? page(all.slice(50)) : page(all.slice(0, 50), 'next'))
  );
  let model: TriggersModel;
  const ids = (items: readonly ITrigger[]): string[] => items.map(item => item.id);

  beforeEach(async () => {
    list.mockClear();
    model = new TriggersModel(new FakeClient({ 'GET triggers': list }), TestFeed.live());
    model.setActive(true);
    await pass();
  });

  afterEach(() => model.dispose());

  it('exports what is not shown yet as well, and shows no more than before', async () => {
    await model.setFilter({ q: 'x' });
    expect(await model.everything()).toHaveLength(51);
    expect(list).toHaveBeenLastCalledWith(expect.objectContaining({ q: 'x', cursor: 'next' }));
    expect(model.items).toHaveLength(50);
    expect(model.more).toBe(true);
  });

  it('lets the server sort by a column, then the other way, then as at first', async () => {
    const asked: unknown[] = [];
    for (let clicks = 0; clicks < 3; clicks++) {
      await model.sortBy({ column: 'name', order: 'asc' });
      asked.push(list.mock.lastCall?.[0]);
    }
    expect(asked).toEqual([
      expect.objectContaining({ sort: 'name', order: 'asc', cursor: null }),
      expect.objectContaining({ sort: 'name', order: 'desc' }),
      expect.objectContaining({ sort: 'created', order: 'desc' })
    ]);
    expect(model.items).toHaveLength(50);
    expect(model.filtered).toBe(false);
  });

  it('does not show the answer for an order that was changed meanwhile', async () => {
    let late: (value: unknown) => void = () => undefined;
    list.mockReturnValueOnce(new Promise(resolve => (late = resolve as typeof late)));
    const first = model.sortBy({ column: 'name', order: 'asc' });
    void model.sortBy({ column: 'type', order: 'asc' });
    late(page([aTrigger('late')]));
    await first;
    await pass();
    expect(ids(model.items)).not.toContain('late');
  });

  it('selects only what is shown, and clears the selection with the filter', async () => {
    model.select(['59', 'gone'], true);
    expect(ids(model.selected)).toEqual(['59']);
    model.select(['59'], false);
    expect(model.selected).toEqual([]);
    model.select(['60'], true);
    await model.setFilter({ type: 'manual' });
    expect(model.selected).toEqual([]);
  });

  it('applies an action to each, shows how far it is, and keeps selected what failed', async () => {
    model.select(['60', '59'], true);
    const seen: unknown[] = [];
    const failures = await model.each('Enable', model.selected, item => {
      seen.push(model.bulk);
      return item.id === '60' ? Promise.reject(new Error('It is not yours.')) : Promise.resolve();
    });
    expect(seen).toEqual([
      { label: 'Enable', done: 0, total: 2 },
      { label: 'Enable', done: 1, total: 2 }
    ]);
    expect(failures).toEqual(['It is not yours.']);
    expect(ids(model.selected)).toEqual(['60']);
    expect(model.bulk).toBeNull();
  });
});
