import { ISessionGroup } from '../../api/backfills';
import { ISweepResult } from '../../api/sweeps';
import { gridOf } from './grid';

const of = (asked: Record<string, unknown>): ISessionGroup =>
  ({ asked }) as unknown as ISessionGroup;

function result(parameters: Record<string, unknown>, position = 0): ISweepResult {
  return {
    position,
    name: JSON.stringify(parameters),
    parameters,
    state: 'started',
    status: 'completed',
    result: null,
    session: `ses_${position}`,
    reason: null
  };
}

it('is a grid of two parameters', () => {
  const results = [
    result({ region: 'emea', year: 2024 }, 0),
    result({ region: 'emea', year: 2025 }, 1),
    result({ region: 'apac', year: 2025 }, 2)
  ];
  const grid = gridOf(of({ sweep: { region: ['emea', 'apac'], year: [2024, 2025] } }), results);
  expect([grid.corner, grid.columns]).toEqual(['region \\ year', ['2024', '2025']]);
  expect(grid.rows.map(row => [row.name, row.cells.map(cell => cell?.session ?? null)])).toEqual([
    ['emea', ['ses_0', 'ses_1']],
    ['apac', [null, 'ses_2']]
  ]);
});

it('is a list of one parameter, of pairs, and of what is no sweep', () => {
  const results = [result({ region: 'emea' }), result({ region: 'apac' }, 1)];
  for (const asked of [{ sweep: { region: [] } }, { sweep: { a: [], b: [] }, zip: true }, {}]) {
    const grid = gridOf(of(asked), results);
    expect(grid.columns).toEqual([]);
    expect(grid.rows.map(row => row.cells.length)).toEqual([1, 1]);
  }
});
