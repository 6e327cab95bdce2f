import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { aTrigger } from '../../testing/triggers';
import { BackfillModel } from './model';

const TICKS = ['20', '21', '22'].map(day => ({
  at: `2026-11-${day}T06:00:00Z`,
  state: 'missing',
  event_id: null,
  session_id: null
}));

describe('BackfillModel', () => {
  const ticks = jest.fn();
  const plan = jest.fn();
  const start = jest.fn();
  const client = new FakeClient({
    'GET triggers/sales/nightly': () => aTrigger('nightly'),
    'GET triggers/sales/nightly/ticks': ticks,
    'GET triggers/sales/nightly/backfills': () => page([]),
    'POST triggers/sales/nightly/backfills/preview': plan,
    'POST triggers/sales/nightly/backfills': start
  });
  let model: BackfillModel;
  let feed: TestFeed;

  const shown = async (): Promise<void> => {
    model.setActive(true);
    await pass();
  };

  beforeEach(() => {
    ticks.mockReset().mockReturnValue({ timezone: 'UTC', items: TICKS });
    plan.mockReset().mockReturnValue({ total: 2 });
    start.mockReset().mockReturnValue({});
    feed = TestFeed.live();
    model = new BackfillModel(client, feed, 'sales/nightly');
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it('looks as far back as there are not too many squares', async () => {
    ticks.mockImplementation(({ since }) => {
      if (since === '13 weeks') {
        throw new Error('There are more than 10,000 ticks in this range: ask for a shorter one.');
      }
      const items = since === '5 weeks' ? Array(5000).fill(TICKS[0]) : TICKS;
      return { timezone: 'Europe/Berlin', items };
    });
    await shown();
    expect([model.span, model.ticks.length, model.timezone]).toEqual([
      '7 days',
      3,
      'Europe/Berlin'
    ]);
    expect(model.error).toBeNull();
  });

  it('shows what else goes wrong', async () => {
    ticks.mockImplementation(() => {
      throw new Error('This trigger has no schedule.');
    });
    await shown();
    expect(model.error).toBe('This trigger has no schedule.');
  });

  it('says what would run of what is chosen, and begins it', async () => {
    await shown();
    model.choose(TICKS[1].at);
    model.choose(TICKS[0].at, true);
    await pass();
    expect(model.selection.length).toBe(2);
    const range = { since: TICKS[0].at, until: TICKS[1].at };
    expect(plan).toHaveBeenLastCalledWith({ ...range, which: [], order: 'oldest', at_once: 1 });
    expect(model.plan?.total).toBe(2);
    model.setWish({ which: 'all', at_once: 3, order: 'newest' });
    await model.start();
    expect(start).toHaveBeenCalledWith({ ...range, which: ['all'], order: 'newest', at_once: 3 });
    expect(model.selection).toEqual([]);
    expect(model.plan).toBeNull();
  });

  it('tells why nothing can run, and keeps only the answer to the last question', async () => {
    await shown();
    let answer: (plan: object) => void = () => undefined;
    plan.mockReturnValueOnce(new Promise(resolve => (answer = resolve)));
    model.choose(TICKS[0].at);
    plan.mockImplementationOnce(() => {
      throw new Error('The trigger is switched off.');
    });
    model.chooseAll();
    await pass();
    answer({ total: 1 });
    await pass();
    expect([model.plan, model.problem]).toEqual([null, 'The trigger is switched off.']);
    await model.setSpan('7 days');
    expect(model.selection).toEqual([]);
  });
});
