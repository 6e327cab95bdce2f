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
