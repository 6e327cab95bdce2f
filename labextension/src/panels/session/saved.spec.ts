import { ICheckpoint } from '../../api/checkpoints';
import { ICell } from '../../api/sessions';
import { aCheckpoint } from '../../testing/checkpoints';
import { byCell, canFork, canResume, endObstacle, keptCells } from './saved';

const cells = [0, 1, 2, 3].map(index => ({
  index,
  status: index === 0 ? 'skipped' : 'ok'
})) as ICell[];

const kept = (patch: Partial<ICheckpoint>): ICheckpoint => aCheckpoint({ is_kept: true, ...patch });

it('shows a cell by the last of its checkpoints', () => {
  const [first, second] = [0, 1].map(piece => aCheckpoint({ cell_index: 2, piece, pieces: 2 }));
  expect(byCell([first, second]).get(2)).toBe(second);
});

it('tells which cells an earlier session ran', () => {
  expect([...keptCells(cells, [kept({ cell_index: 2 }), aCheckpoint({ cell_index: 3 })])]).toEqual([
    1, 2
  ]);
  expect([...keptCells(cells, [kept({ cell_index: 2, piece: 0, pieces: 2 })])]).toEqual([1]);
  expect(keptCells(cells, [aCheckpoint({ cell_index: 3 })]).size).toBe(0);
});

it('cannot be resumed where the last checkpoint has an obstacle', () => {
  const refused = aCheckpoint({ obstacle: 'conn is a socket' });
  expect(endObstacle([aCheckpoint({}), refused])).toBe(refused);
  expect(endObstacle([refused, aCheckpoint({})])).toBeNull();
  expect(endObstacle([])).toBeNull();
});

it('is resumed when it has ended before its end, and forked also when it is completed or waits', () => {
  expect([canResume('timeout'), canResume('completed'), canResume('running')]).toEqual([
    true,
    false,
    false
  ]);
  expect([canFork('completed'), canFork('waiting'), canFork('running')]).toEqual([
    true,
    true,
    false
  ]);
});
