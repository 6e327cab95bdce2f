import { ICell } from '../api/sessions';
import { bars, numbered } from './timeline';

const cell = (index: number, from: number | null, to: number | null): ICell => ({
  index,
  id: `c${index}`,
  source_head: 'x = 1',
  status: 'ok',
  started_at: from === null ? null : new Date(from).toISOString(),
  finished_at: to === null ? null : new Date(to).toISOString(),
  execution_count: null
});

describe('bars', () => {
  it('lays the cells over the whole time', () => {
    const [first, second, third] = bars(
      [cell(0, 1000, 4000), cell(1, 4000, 5000), cell(2, null, null)],
      9000
    );
    expect([first.left, first.width, first.seconds]).toEqual([0, 75, 3]);
    expect([second.left, second.width]).toEqual([75, 25]);
    expect(third.left).toBeNull();
  });

  it('lets a running cell grow until now', () => {
    const [, running] = bars([cell(0, 1000, 2000), cell(1, 2000, null)], 5000);
    expect(running.seconds).toBe(3);
    expect(running.width).toBe(75);
  });

  it('keeps a bar of no length in sight, and inside', () => {
    const [, last] = bars([cell(0, 0, 100000), cell(1, 100000, 100000)], 0);
    expect(last.width).toBeGreaterThan(0);
    expect(last.left! + last.width).toBeLessThanOrEqual(100);
  });

  it('draws nothing for what has not begun', () => {
    expect(bars([cell(0, null, null)], 0)).toEqual([
      { cell: expect.anything(), left: null, width: 0, seconds: null }
    ]);
  });
});

it('numbers the cells that run, as the log does', () => {
  const cells = [
    cell(0, 0, 1),
    { ...cell(1, null, null), status: 'skipped' as const },
    cell(5, 1, 2)
  ];
  expect(numbered(cells).map(({ number }) => number)).toEqual([1, null, 2]);
});
