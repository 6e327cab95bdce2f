import { ISession } from '../../api/types';
import { ManualStream, aSession, clientWith, page, settled } from '../../testing';
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
  let stream: ManualStream;
  const list = jest.fn();
  const get = jest.fn();
  const make = (): SessionsModel => {
    const model = new SessionsModel(
      clientWith({
        sessions: { list, get },
        triggers: { list: () => Promise.resolve(page([])) }
      }),
      stream
    );
    model.setActive(true);
    return model;
  };

  beforeEach(() => {
    stream = new ManualStream();
    list.mockReset().mockResolvedValue(page([aSession('ses_2'), aSession('ses_1')], 'next'));
    get.mockReset();
  });

  it('loads when it is first shown, and appends pages by key', async () => {
    const model = make();
    await settled();
    expect(model.items.map(item => item.id)).toEqual(['ses_2', 'ses_1']);
    list.mockResolvedValue(page([aSession('ses_1'), aSession('ses_0')]));
    await model.loadMore();
    expect(list).toHaveBeenLastCalledWith(expect.objectContaining({ cursor: 'next' }));
    expect(model.items.map(item => item.id)).toEqual(['ses_2', 'ses_1', 'ses_0']);
    expect(model.more).toBe(false);
    model.dispose();
  });

  it('moves a row along with its cells, without asking the server', async () => {
    const model = make();
    await settled();
    stream.send({
      channel: 'sessions',
      id: 'ses_1',
      activity: 'cell',
      content: { current_cell: 3 }
    });
    expect(model.items[1].current_cell).toBe(3);
    expect(list).toHaveBeenCalledTimes(1);
    expect(get).not.toHaveBeenCalled();
    model.dispose();
  });

  it('fetches the row that ended, and drops it where the filter is for others', async () => {
    const model = make();
    await model.setFilter({ group: 'active' });
    expect(list).toHaveBeenLastCalledWith(
      expect.objectContaining({ status: expect.stringContaining('running') })
    );
    get.mockResolvedValue(aSession('ses_1', { status: 'completed', duration: 2 }));
    stream.send({ channel: 'sessions', id: 'ses_1', content: { status: 'completed' } });
    await settled();
    expect(model.items.map(item => item.id)).toEqual(['ses_2']);
    model.dispose();
  });

  it('does not show the answer to a filter that was changed meanwhile', async () => {
    const model = make();
    await settled();
    let late: (value: unknown) => void = () => undefined;
    list.mockReturnValueOnce(new Promise(resolve => (late = resolve)));
    const first = model.setFilter({ group: 'failed' });
    void model.setFilter({ group: 'completed' });
    late(page([aSession('ses_9', { status: 'failed' })]));
    await first;
    await settled();
    expect(model.items.map(item => item.id)).not.toContain('ses_9');
    model.dispose();
  });

  it('keeps what it shows when the server is away, and catches up after', async () => {
    const model = make();
    await settled();
    stream.setState('offline');
    expect(model.offline).toBe(true);
    expect(model.items).toHaveLength(2);
    stream.setState('live');
    expect(model.offline).toBe(false);
    model.dispose();
  });

  it('believes the newest answer about a row, not the last to come', async () => {
    const model = make();
    await settled();
    let late: (value: unknown) => void = () => undefined;
    get.mockReturnValueOnce(new Promise(resolve => (late = resolve)));
    stream.send({ channel: 'sessions', id: 'ses_1', content: { status: 'canceling' } });
    get.mockResolvedValueOnce(aSession('ses_1', { status: 'cancelled' }));
    stream.send({ channel: 'sessions', id: 'ses_1', content: { status: 'cancelled' } });
    await settled();
    late(aSession('ses_1', { status: 'canceling' }));
    await settled();
    expect(model.items[1].status).toBe('cancelled');
    model.dispose();
  });

  it('loads once more for a change that came while it loaded', async () => {
    const model = make();
    await settled();
    stream.send({ channel: 'sessions', id: 'ses_3', activity: 'created' });
    let late: (value: unknown) => void = () => undefined;
    list.mockReturnValueOnce(new Promise(resolve => (late = resolve)));
    await new Promise(resolve => setTimeout(resolve, 500));
    expect(list).toHaveBeenCalledTimes(2);
    stream.send({ channel: 'sessions', id: 'ses_4', activity: 'created' });
    late(page([]));
    await new Promise(resolve => setTimeout(resolve, 500));
    expect(list).toHaveBeenCalledTimes(3);
    model.dispose();
  });

  it('loads again what it loaded before the stream had begun', async () => {
    stream.setState('connecting');
    const model = make();
    await settled();
    stream.setState('live');
    await new Promise(resolve => setTimeout(resolve, 500));
    expect(list).toHaveBeenCalledTimes(2);
    model.dispose();
  });

  it('asks again after a refusal, once the server is back', async () => {
    const model = make();
    await settled();
    list.mockRejectedValueOnce(new Error('The server is stopping.'));
    await model.refresh();
    expect(model.error).toBe('The server is stopping.');
    stream.setState('offline');
    expect(model.error).toBeNull();
    expect(model.offline).toBe(true);
    stream.setState('live');
    await new Promise(resolve => setTimeout(resolve, 600));
    expect(model.error).toBeNull();
    model.dispose();
  });

  it('rests while it is hidden', async () => {
    const model = make();
    await settled();
    model.setActive(false);
    stream.send({ channel: 'sessions', id: 'ses_3', activity: 'created' });
    await settled();
    expect(list).toHaveBeenCalledTimes(1);
    model.setActive(true);
    await settled();
    expect(list).toHaveBeenCalledTimes(2);
    model.dispose();
  });

  it("shows the server's sentence when a list cannot be had", async () => {
    list.mockRejectedValue(new Error('The database is locked: try again.'));
    const model = make();
    await settled();
    expect(model.error).toBe('The database is locked: try again.');
    model.dispose();
  });
});
