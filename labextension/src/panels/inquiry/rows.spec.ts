import { nullTranslator } from '@jupyterlab/translation';

import { ICellChange, INotebookCell } from '../../api/inquiry-shown';
import { counted, joined, rows } from './rows';

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
