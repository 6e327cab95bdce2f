import { ITrigger } from '../../api/types';
import { ManualStream, aTrigger, clientWith, page, settled } from '../../testing';
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
    const rooms = { triggers: { list, get: (id: string) => Promise.resolve(aTrigger(id)) } };
    model = new TriggersModel(clientWith(rooms as never), new ManualStream());
    model.setActive(true);
    await settled();
  });

  afterEach(() => model.dispose());

  it('exports what is not shown yet as well, and shows no more for it', async () => {
    await model.setFilter({ q: 'x' });
    expect(await model.everything()).toHaveLength(51);
    expect(list).toHaveBeenLastCalledWith(expect.objectContaining({ q: 'x', cursor: 'next' }));
    expect(model.items).toHaveLength(50);
    expect(model.more).toBe(true);
  });

  it('loads the whole to sort it otherwise than the server does', async () => {
    await model.setFilter({ sort: 'name' });
    expect(ids(model.items)).toEqual(ids(all).reverse());
    expect(model.more).toBe(false);
    expect(model.filtered).toBe(false);
  });

  it('selects only what is shown, and forgets it with the filter', async () => {
    model.select(['59', 'gone'], true);
    expect(ids(model.selected)).toEqual(['59']);
    model.select(['59'], false);
    expect(model.selected).toEqual([]);
    model.select(['60'], true);
    await model.setFilter({ type: 'manual' });
    expect(model.selected).toEqual([]);
  });

  it('does it to each, says how far it is, and keeps selected what refused', async () => {
    model.select(['60', '59'], true);
    const seen: unknown[] = [];
    const refused = await model.each('Enable', model.selected, item => {
      seen.push(model.bulk);
      return item.id === '60' ? Promise.reject(new Error('It is not yours.')) : Promise.resolve();
    });
    expect(seen).toEqual([
      { label: 'Enable', done: 0, total: 2 },
      { label: 'Enable', done: 1, total: 2 }
    ]);
    expect(refused).toEqual(['It is not yours.']);
    expect(ids(model.selected)).toEqual(['60']);
    expect(model.bulk).toBeNull();
  });
});
