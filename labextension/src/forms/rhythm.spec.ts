import { ISchedule } from '../api/triggers';
import { DEFAULT_RHYTHM, asCron, asRhythm, asSchedule } from './rhythm';

const schedule = (fields: Partial<ISchedule>): ISchedule => ({
  cron: null,
  every: null,
  at: null,
  timezone: 'UTC',
  jitter: 0,
  catch_up: 'once',
  calendar: null,
  description: '',
  ...fields
});

describe('asRhythm', () => {
  it.each([
    ['15 * * * *', { kind: 'hourly', minute: 15 }],
    ['5 6 * * *', { kind: 'daily', time: '06:05' }],
    ['0 18 * * MON-FRI', { kind: 'weekdays', time: '18:00' }],
    ['0 18 * * 1-5', { kind: 'weekdays', time: '18:00' }],
    ['30 7 * * 7', { kind: 'weekly', weekday: 0, time: '07:30' }],
    ['0 0 31 * *', { kind: 'monthly', date: 31, time: '00:00' }]
  ])('recognises %s', (cron, expected) => {
    expect(asRhythm(schedule({ cron }))).toMatchObject(expected);
  });

  it.each(['*/5 * * * *', '0 6 1 * 1', '0 6 * 1 *', '@hourly', '0 0 6 * * *', '5 * 1 * *'])(
    'leaves %s as it is written',
    cron => {
      const rhythm = asRhythm(schedule({ cron }));
      expect(rhythm.kind).toBe('cron');
      expect(asSchedule(rhythm)).toEqual({ cron, every: null, at: null });
    }
  );

  it('gives back the same schedule', () => {
    for (const fields of [{ every: '90s' }, { at: '2026-12-01T06:00' }, { cron: '5 6 * * *' }]) {
      expect(asSchedule(asRhythm(schedule(fields)))).toEqual({
        cron: null,
        every: null,
        at: null,
        ...fields
      });
    }
  });
});

describe('a date with an offset', () => {
  it("is shown in the schedule's own zone", () => {
    const at = asRhythm(schedule({ at: '2026-12-01T06:00:00+00:00', timezone: 'Europe/Berlin' }));
    expect(at).toMatchObject({ kind: 'once', at: '2026-12-01T07:00' });
  });
});

describe('asCron', () => {
  it('is the cron text for what was chosen in words', () => {
    expect(asCron({ ...DEFAULT_RHYTHM, kind: 'monthly', date: 2, time: '23:09' })).toBe(
      '9 23 2 * *'
    );
  });
});
