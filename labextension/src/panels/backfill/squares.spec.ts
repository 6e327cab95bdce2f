import { ITick } from '../../api/backfills';
import { between, columnsOf, rowsOf } from './squares';

function tick(at: string, state: ITick['state'] = 'completed'): ITick {
  return { at, state, event_id: null, session_id: null };
}

describe('squares of a schedule', () => {
  it('has a row for each week where there is at most one a day, the newest first', () => {
    const rows = rowsOf(
      ['2026-11-20T05:00:00Z', '2026-11-22T05:00:00Z', '2026-11-23T05:00:00Z'].map(at => tick(at)),
      'Europe/Berlin'
    );
    expect(rows.map(({ label }) => label)).toEqual(['Week of Nov 23', 'Week of Nov 16']);
    expect(rows[1].squares.map(one => one?.clock ?? '')).toEqual([
      '',
      '',
      '',
      '',
      '06:00',
      '',
      '06:00'
    ]);
    expect(columnsOf(rows)).toEqual(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']);
  });

  it('has a row for each day of the zone where there are more', () => {
    const times = ['2026-11-20T22:30:00Z', '2026-11-20T23:30:00Z', '2026-11-21T11:30:05Z'];
    const rows = rowsOf(
      times.map(at => tick(at)),
      'Europe/Berlin'
    );
    expect(rows.map(({ label, squares }) => [label, squares.map(one => one?.clock)])).toEqual([
      ['Sat Nov 21', ['00:30', '12:30:05']],
      ['Fri Nov 20', ['23:30']]
    ]);
    expect(columnsOf(rows)).toEqual([]);
  });

  it('chooses all from one to another, whichever was first', () => {
    const ticks = ['1', '2', '3', '4'].map(at => tick(at));
    expect(between(ticks, '3', '2').map(({ at }) => at)).toEqual(['2', '3']);
  });

  it('has nothing to show of nothing', () => {
    expect(rowsOf([], 'UTC')).toEqual([]);
    expect(columnsOf([])).toEqual([]);
  });
});
