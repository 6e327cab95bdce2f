/** What is saved of a session's cells: the last checkpoint of each, and how far it can be gone on from. */
import { ICheckpoint } from '../../api/checkpoints';
import { ICell, SessionStatus } from '../../api/sessions';

/** The last checkpoint of each cell, by the cell's index. */
export function byCell(checkpoints: readonly ICheckpoint[]): Map<number, ICheckpoint> {
  return new Map(checkpoints.map(checkpoint => [checkpoint.cell_index, checkpoint]));
}

/** The indexes of the cells that an earlier session ran, and this one has not. */
export function keptCells(
  cells: readonly ICell[],
  checkpoints: readonly ICheckpoint[]
): Set<number> {
  const last = checkpoints.filter(checkpoint => checkpoint.is_kept).pop();
  if (!last) {
    return new Set();
  }
  const end = last.piece + 1 >= last.pieces ? last.cell_index : last.cell_index - 1;
  return new Set(
    cells
      .filter(({ status, index }) => status !== 'skipped' && index <= end)
      .map(({ index }) => index)
  );
}

/** Why a session cannot go on where it ended; null where it can. */
export function endObstacle(checkpoints: readonly ICheckpoint[]): ICheckpoint | null {
  const last = checkpoints[checkpoints.length - 1];
  return last?.obstacle ? last : null;
}

/** Whether a session has ended without having run to its end. */
export function canResume(status: SessionStatus): boolean {
  return ['failed', 'abandoned', 'timeout', 'cancelled'].includes(status);
}

/** Whether it can be gone on from an earlier cell: it has ended, or waits without a process. */
export function canFork(status: SessionStatus): boolean {
  return canResume(status) || status === 'completed' || status === 'waiting';
}
