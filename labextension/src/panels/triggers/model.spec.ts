import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { aTrigger } from '../../testing/triggers';
import { TriggersModel } from './model';

describe('TriggersModel', () => {
  const list = jest.fn();
  const get = jest.fn();
  const update = jest.fn();
  const remove = jest.fn();
  let model: TriggersModel;

  beforeEach(async () => {
    list.mockReset().mockResolvedValue(page([aTrigger('a'), aTrigger('b')]));
    get
      .mockReset()
      .mockImplementation((_query, id: string) =>
        Promise.resolve(aTrigger(id, { next_fires: ['2026-01-02T00:00:00Z'] }))
      );
    update.mockReset();
    remove.mockReset().mockResolvedValue(null);
    const client = new FakeClient({
      'GET triggers': list,
      'GET triggers/:id': get,
      'PATCH triggers/:id': update,
      'DELETE triggers/:id': remove
    });
    model = new TriggersModel(client, TestFeed.live(), 'sales/b');
    model.setActive(true);
    await pass();
  });

  afterEach(() => model.dispose());

  it('opens the trigger that it was asked for, by its reference', () => {
    expect(model.items.map(item => model.isOpen(item))).toEqual([false, true]);
    expect(model.detail?.next_fires).toHaveLength(1);
  });

  it('closes it, and opens another', async () => {
    await model.toggle(model.items[1]);
    expect(model.detail).toBeNull();
    await model.toggle(model.items[0]);
    expect(model.detail?.id).toBe('a');
  });

  it('switches at once, and back when the server refuses', async () => {
    update.mockRejectedValue(new Error('You may not.'));
    const refused = model.enable(model.items[0], false);
    expect(model.items[0].enabled).toBe(false);
    await expect(refused).rejects.toThrow('You may not.');
    expect(model.items[0].enabled).toBe(true);
  });

  it('forgets what was deleted', async () => {
    await model.remove(model.items[0]);
    expect(model.items.map(item => item.id)).toEqual(['b']);
  });

  it('asks for what is searched', async () => {
    await model.setFilter({ q: 'night', enabled: 'true' });
    expect(list).toHaveBeenLastCalledWith(expect.objectContaining({ q: 'night', enabled: 'true' }));
    expect(model.filtered).toBe(true);
  });
});
