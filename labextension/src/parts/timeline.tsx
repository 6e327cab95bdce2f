/** The cells of a session as bars over its time. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { CellStatus, ICell } from '../api/sessions';
import { duration } from './times';

/** Narrowest bar, in per cent of the whole: a quick cell stays visible. */
const THINNEST = 0.8;
const NONE: ReadonlySet<number> = new Set();

export interface IBar {
  cell: ICell;
  /** Start and width in per cent of the whole; null for a cell that has not started. */
  left: number | null;
  width: number;
  seconds: number | null;
}

/** Each cell with its number: as the log counts, only those that run have one. */
export function numbered(cells: readonly ICell[]): { cell: ICell; number: number | null }[] {
  let count = 0;
  return cells.map(cell => ({ cell, number: cell.status === 'skipped' ? null : ++count }));
}

/** Where each cell's bar stands; `now` (milliseconds) ends those that still run. */
export function bars(cells: readonly ICell[], now: number): IBar[] {
  const starts = cells.flatMap(cell => (cell.started_at ? [Date.parse(cell.started_at)] : []));
  const first = Math.min(...starts);
  const ends = cells.map(cell =>
    cell.finished_at ? Date.parse(cell.finished_at) : cell.started_at ? now : first
  );
  const span = Math.max(1, Math.max(...ends) - first);
  return cells.map((cell, index) => {
    if (!cell.started_at) {
      return { cell, left: null, width: 0, seconds: null };
    }
    const start = Date.parse(cell.started_at);
    const length = Math.max(0, ends[index] - start);
    const width = Math.max(THINNEST, (length / span) * 100);
    const left = Math.min(100 - width, ((start - first) / span) * 100);
    return { cell, left: Math.max(0, left), width, seconds: length / 1000 };
  });
}

/** The cells, those that are kept as if they had not run: their times are not of this session. */
export function timed(cells: readonly ICell[], kept: ReadonlySet<number>): ICell[] {
  return cells.map(cell =>
    kept.has(cell.index) ? { ...cell, started_at: null, finished_at: null } : cell
  );
}

export function Timeline(props: {
  cells: readonly ICell[];
  now: number;
  trans: TranslationBundle;
  /** Called with a cell's id; without it the bars are no buttons. */
  onOpen: ((cell: string) => void) | null;
  /** What stands beside a cell, and beneath it. */
  mark?: (cell: ICell) => React.ReactNode;
  detail?: (cell: ICell) => React.ReactNode;
  /** Indexes of cells that ran elsewhere, at another time: they have no bar. */
  kept?: ReadonlySet<number>;
}): JSX.Element {
  const { cells, now, trans, onOpen, mark, detail, kept = NONE } = props;
  const labels: Record<CellStatus, string> = {
    pending: trans.__('not yet run'),
    running: trans.__('running'),
    ok: trans.__('done'),
    error: trans.__('failed'),
    skipped: trans.__('skipped')
  };
  const numbers = numbered(cells).map(({ number }) => number);
  return (
    <ol className="na-Timeline" aria-label={trans.__('Cells')}>
      {bars(timed(cells, kept), now).map(({ cell, left, width, seconds }, index) => {
        const isKept = kept.has(cell.index);
        const time = isKept ? trans.__('kept') : seconds === null ? '' : duration(seconds);
        const head = cell.source_head || trans.__('(empty)');
        const label = trans.__(
          'Cell %1, %2 %3: %4',
          numbers[index] ?? '–',
          labels[cell.status],
          time,
          head
        );
        const content = (
          <>
            <span className="na-Timeline-index">{numbers[index]}</span>
            <code className="na-Timeline-source">{head}</code>
            <span className="na-Timeline-track">
              {left !== null && <i style={{ left: `${left}%`, width: `${width}%` }} />}
            </span>
            <span className="na-Timeline-time">{time}</span>
          </>
        );
        return (
          <li
            key={cell.id}
            data-status={cell.status}
            data-kept={isKept || undefined}
            data-marked={mark ? true : undefined}
          >
            {onOpen ? (
              <button
                type="button"
                aria-label={label}
                title={label}
                onClick={() => onOpen(cell.id)}
              >
                {content}
              </button>
            ) : (
              <div role="group" aria-label={label} title={label}>
                {content}
              </div>
            )}
            {mark && <span className="na-Timeline-mark">{mark(cell)}</span>}
            {detail?.(cell)}
          </li>
        );
      })}
    </ol>
  );
}
