/** Steps for tests. */
import { IStep } from '../api/steps';

export function aStep(patch: Partial<IStep> = {}): IStep {
  return {
    cell_index: 1,
    cell_number: 2,
    piece: 0,
    name: 'charge',
    nth: 0,
    status: 'done',
    tries: 1,
    idempotency_key: 'k1',
    started_at: '2026-01-01T00:00:00Z',
    finished_at: '2026-01-01T00:00:02Z',
    duration: 2,
    shown: "'R-7'",
    error: null,
    ...patch
  };
}
