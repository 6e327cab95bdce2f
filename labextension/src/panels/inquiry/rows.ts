/** The cells of a notebook so far in the order in which they are drawn, each with what became of it. */
import { TranslationBundle } from '@jupyterlab/translation';

import { ICellChange, INotebookCell, INotebookSoFar } from '../../api/inquiry-shown';

export interface IRow {
  change: ICellChange;
  /** Null for a cell that is not there any more. */
  cell: INotebookCell | null;
  /** Counted from 1; null for a cell that is not there any more. */
  number: number | null;
}

/** Every cell, and those that were removed where they stood; without a comparison all are the same. */
export function rows({ cells, approved, changes }: INotebookSoFar): IRow[] {
  const same = cells.map((_, index): ICellChange => ({
    kind: 'same',
    before: null,
    after: index,
    lines: []
  }));
  const drawn = approved ? changes : same;
  return drawn.map(change => ({
    change,
    cell: change.after === null ? null : (cells[change.after] ?? null),
    number: change.after === null ? null : change.after + 1
  }));
}

/** Unchanged cells beside a changed one that are drawn with it. */
const BESIDE = 1;
/** Fewer unchanged cells than these are not worth a line that stands for them. */
const FEWEST = 3;

/** The rows in order, those far from any change and from the question together: they are drawn as one line. */
export function folded(all: readonly IRow[]): (IRow | IRow[])[] {
  const matters = all.map(({ change, cell }) => change.kind !== 'same' || cell?.is_asking === true);
  const parts: (IRow | IRow[])[] = [];
  let away: IRow[] = [];
  const close = (): void => {
    parts.push(...(away.length < FEWEST ? away : [away]));
    away = [];
  };
  all.forEach((row, index) => {
    if (matters.slice(Math.max(0, index - BESIDE), index + BESIDE + 1).includes(true)) {
      close();
      parts.push(row);
    } else {
      away.push(row);
    }
  });
  close();
  return parts;
}

/** "2 edited, 1 new": how many cells changed in which way. */
export function counted(changes: readonly ICellChange[], trans: TranslationBundle): string {
  const count = (kind: string): number => changes.filter(change => change.kind === kind).length;
  const words = [
    [count('edited'), trans.__('edited')],
    [count('added'), trans.__('new')],
    [count('removed'), trans.__('removed')],
    [count('outputs'), trans.__('with other output')]
  ] as const;
  const said = words.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`);
  return said.length > 0 ? trans.__('Cells: %1', said.join(', ')) : trans.__('No cell has changed');
}

/** A text that nbformat may have as lines. */
export function joined(text: string | string[] | undefined): string {
  return Array.isArray(text) ? text.join('') : (text ?? '');
}
