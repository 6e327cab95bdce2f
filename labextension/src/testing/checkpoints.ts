/** Checkpoints for tests. */
import { ICheckpoint } from '../api/checkpoints';

export function aCheckpoint(patch: Partial<ICheckpoint> = {}): ICheckpoint {
  return {
    number: 0,
    cell: 1,
    cell_index: 0,
    piece: 0,
    pieces: 1,
    attempt: 1,
    is_kept: false,
    obstacle: '',
    how: 'forked',
    size: 1200,
    seconds: 0.08,
    held: 0.004,
    names: [],
    files: [],
    created_at: '2026-01-01T00:00:02Z',
    ...patch
  };
}
