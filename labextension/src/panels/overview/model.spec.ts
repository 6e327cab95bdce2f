import { ISession } from '../../api/sessions';
import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { aSession, sessionChange } from '../../testing/sessions';
import { aTrigger } from '../../testing/triggers';
import { ISummaryChange } from '../sessions/summary';
import { OverviewModel, grouped, withResult } from './model';

describe('withResult', () => {
  it('colours the bar of the session that changed', () => {
    const trigger = aTrigger('a', { recent: [{ id: 'ses_1', status: 'scheduled' }] });
    const change = (id: string): ISummaryChange => sessionChange(id, { status: 'running' });
    expect(withResult(trigger, change('ses_1')).recent[0].status).toBe('running');
    expect(withResult(trigger, change('ses_2'))).toBe(trigger);
  });
});

describe('grouped', () => {
  it('lists equal failures once, under the newest', () => {
    const failed = (id: string, evalue: string): ISession =>
      aSession(id, {
        status: 'failed',
        error: {
          ename: 'ValueError',
          evalue,
          traceback: [],
          cell_index: null,
          cell_id: null,
          cell_source: null,
          cell_number: null
        }
      });
    const groups = grouped([failed('3', 'a'), failed('2', 'b'), failed('1', 'a')]);
    expect(groups.map(({ newest, sessions }) => [newest.id, sessions.length])).toEqual([
      ['3', 2],
      ['2', 1]
    ]);
  });
});

const NOTHING_ASKED = { 'GET inquiries': () => page([]) };

describe('OverviewModel', () => {
  let feed: TestFeed;

  beforeEach(() => {
    feed = TestFeed.live();
  });

  afterEach(() => feed.dispose());

  it('asks for the triggers that fire next', async () => {
    const triggers = jest.fn(() => page([aTrigger('soon'), aTrigger('late')]));
    const client = new FakeClient({
      'GET sessions': () => page([]),
      'GET triggers': triggers,
      ...NOTHING_ASKED
    });
    const model = new OverviewModel(client, feed);
    model.setActive(true);
    await pass();
    expect(triggers).toHaveBeenCalledWith(
      expect.objectContaining({ sort: 'next_fire', order: 'asc' })
    );
    expect(model.triggers.map(({ id }) => id)).toEqual(['soon', 'late']);
    model.dispose();
  });

  it('follows what runs without a request, until it ends', async () => {
    const list = jest.fn().mockResolvedValue(page([aSession('ses_1')]));
    const model = new OverviewModel(
      new FakeClient({ 'GET sessions': list, 'GET triggers': () => page([]), ...NOTHING_ASKED }),
      feed
    );
    model.setActive(true);
    await pass();
    const before = list.mock.calls.length;
    feed.send(sessionChange('ses_1', { current_cell: 2 }, 'cell'));
    expect(model.running[0].current_cell).toBe(2);
    await pass(600);
    expect(list.mock.calls).toHaveLength(before);
    feed.send(sessionChange('ses_1', { status: 'failed' }));
    await pass(600);
    expect(list.mock.calls.length).toBeGreaterThan(before);
    model.dispose();
  });

  it('loads again when a cell began during a load', async () => {
    let late: (value: unknown) => void = () => undefined;
    const list = jest.fn().mockReturnValueOnce(new Promise(resolve => (late = resolve)));
    list.mockResolvedValue(page([aSession('ses_1', { current_cell: 2 })]));
    const model = new OverviewModel(
      new FakeClient({ 'GET sessions': list, 'GET triggers': () => page([]), ...NOTHING_ASKED }),
      feed
    );
    model.setActive(true);
    feed.send(sessionChange('ses_1', { current_cell: 2 }, 'cell'));
    late(page([aSession('ses_1', { current_cell: 1 })]));
    await pass(600);
    expect(model.running[0].current_cell).toBe(2);
    model.dispose();
  });

  it('shows what waits apart from what runs, and moves what goes on', async () => {
    const list = jest.fn(({ status }: { status: string }) =>
      page(
        status === 'waiting'
          ? [aSession('ses_2', { status: 'waiting', waiting_for: 'signal go' })]
          : status.includes('running')
            ? [aSession('ses_1', { status: 'running' })]
            : []
      )
    );
    const model = new OverviewModel(
      new FakeClient({ 'GET sessions': list, 'GET triggers': () => page([]), ...NOTHING_ASKED }),
      feed
    );
    model.setActive(true);
    await pass();
    expect(model.running.map(({ id }) => id)).toEqual(['ses_1']);
    expect(model.waiting.map(({ id }) => id)).toEqual(['ses_2']);
    feed.send(sessionChange('ses_2', { status: 'requested' }));
    expect(model.running.map(({ id }) => id)).toEqual(['ses_1', 'ses_2']);
    expect(model.waiting).toEqual([]);
    model.dispose();
  });
});
