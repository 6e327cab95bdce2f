import { nullTranslator } from '@jupyterlab/translation';

import { ICellChange, INotebookCell } from '../../api/inquiry-shown';
import { counted, folded, joined, rows } from './rows';

const trans = nullTranslator.load('notebook_automation');
const aCell = (index: number, source: string): INotebookCell => ({
  index,
  id: null,
  type: 'code',
  source,
  outputs: [],
  execution_count: null,
  is_asking: false
});
const cells: INotebookCell[] = [aCell(0, 'a = 1'), aCell(1, 'b = 2')];
const approved = { inquiry_id: 'inq_0', session_id: 'ses_0', at: '2026-01-01T00:00:00Z' };
const changes: ICellChange[] = [
  { kind: 'same', before: 0, after: 0, lines: [] },
  { kind: 'removed', before: 1, after: null, lines: [['-', 'old']] },
  { kind: 'added', before: null, after: 1, lines: [['+', 'b = 2']] }
];

describe('folded', () => {
  const notebook = (count: number, edited: number[], asking: number) => ({
    approved,
    cells: Array.from({ length: count }, (_, index) => ({
      ...aCell(index, `x = ${index}`),
      is_asking: index === asking
    })),
    changes: Array.from({ length: count }, (_, index): ICellChange => ({
      kind: edited.includes(index) ? 'edited' : 'same',
      before: index,
      after: index,
      lines: []
    }))
  });
  const drawn = (count: number, edited: number[], asking = -1): (number | number[])[] =>
    folded(rows(notebook(count, edited, asking))).map(part =>
      Array.isArray(part) ? part.map(({ number }) => number!) : part.number!
    );

  it('is one line for unchanged cells, but those beside a change and the one that asks', () => {
    expect(drawn(12, [5], 11)).toEqual([[1, 2, 3, 4], 5, 6, 7, [8, 9, 10], 11, 12]);
  });

  it('draws a few unchanged cells as they are, and nothing but a line where all is the same', () => {
    expect(drawn(6, [0, 5])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(drawn(4, [])).toEqual([[1, 2, 3, 4]]);
    expect(drawn(0, [])).toEqual([]);
  });
});

describe('rows', () => {
  it('are all cells, and those that were removed where they stood', () => {
    const found = rows({ cells, approved, changes });
    expect(found.map(({ change, number }) => [change.kind, number])).toEqual([
      ['same', 1],
      ['removed', null],
      ['added', 2]
    ]);
    expect(found[1].cell).toBeNull();
    expect(found[2].cell).toBe(cells[1]);
  });

  it('are the cells alone where nothing was approved before', () => {
    const found = rows({ cells, approved: null, changes: [] });
    expect(found.map(({ change, cell }) => [change.kind, cell])).toEqual([
      ['same', cells[0]],
      ['same', cells[1]]
    ]);
  });
});

it('counts cells by what became of them', () => {
  expect(counted(changes, trans)).toBe('Cells: 1 new, 1 removed');
  expect(counted([], trans)).toBe('No cell has changed');
});

it('joins lines as nbformat has them', () => {
  expect(joined(['a\n', 'b'])).toBe('a\nb');
  expect(joined(undefined)).toBe('');
});
