/** The notebook as it was when it asked, with what changed since the last approved run. */
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ICellChange, INotebookCell, INotebookOutput } from '../../api/inquiry-shown';
import { Choice } from '../../forms/fields';
import { Banner, Empty } from '../../parts/controls';
import { LineDiff } from '../../parts/line-diff';
import { Prose } from '../../parts/prose';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { InquiryModel } from './model';
import { Outputs } from './outputs';
import { IRow, counted, folded, rows } from './rows';

type Show = 'changes' | 'all';

interface INotebookProps {
  model: InquiryModel;
  now: number;
  automation: IAutomation;
}

export function Notebook(props: INotebookProps): JSX.Element {
  const { model, automation } = props;
  const { trans } = automation;
  const [show, setShow] = React.useState<Show>('changes');
  const { notebook, notebookError } = model;
  if (notebookError) {
    return <Banner tone="bad">{notebookError}</Banner>;
  }
  if (!notebook || notebook.cells.length === 0) {
    return <Empty title={trans.__('No notebook is kept with this inquiry')} />;
  }
  const all = rows(notebook);
  const changed = all.filter(({ change }) => change.kind !== 'same');
  const parts = show === 'all' || !notebook.approved ? all : folded(all);
  return (
    <div className="na-SoFar">
      <div className="na-SoFar-head">
        <Compared {...props} changes={changed.map(({ change }) => change)} />
        {notebook.approved && (
          <Choice<Show>
            label={trans.__('Show')}
            value={show}
            options={[
              ['changes', trans.__('Changes')],
              ['all', trans.__('All cells')]
            ]}
            onChange={setShow}
          />
        )}
      </div>
      <ol className="na-SoFar-cells" aria-label={trans.__('Cells')}>
        {parts.map((part, index) =>
          Array.isArray(part) ? (
            <Fold key={index} rows={part} automation={automation} />
          ) : (
            <Cell key={index} row={part} automation={automation} />
          )
        )}
      </ol>
    </div>
  );
}

/** A line that stands for unchanged cells, and opens them. */
function Fold(props: { rows: readonly IRow[]; automation: IAutomation }): JSX.Element {
  const { rows, automation } = props;
  const { trans } = automation;
  const [open, setOpen] = React.useState(false);
  const Icon = open ? caretDownIcon : caretRightIcon;
  return (
    <>
      <li className="na-SoFar-fold">
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon.react tag="span" />
          {trans._n('%1 unchanged cell', '%1 unchanged cells', rows.length)}
        </button>
      </li>
      {open && rows.map((row, index) => <Cell key={index} row={row} automation={automation} />)}
    </>
  );
}

/** What it is compared with, and how much is different. */
function Compared(props: INotebookProps & { changes: readonly ICellChange[] }): JSX.Element {
  const { model, now, automation, changes } = props;
  const { trans, commands } = automation;
  const approved = model.notebook?.approved;
  if (!approved) {
    return (
      <p className="na-Dim">
        {trans.__('No earlier run was approved: there is nothing to compare it with.')}
      </p>
    );
  }
  return (
    <p>
      <strong>{counted(changes, trans)}</strong>{' '}
      <button
        type="button"
        className="na-Link"
        onClick={() =>
          void commands.execute(CommandIDs.open, { page: 'inquiry', id: approved.inquiry_id })
        }
      >
        {trans.__('against the last approved run')}
      </button>{' '}
      <span className="na-Dim">
        <When at={approved.at} now={now} />
      </span>
    </p>
  );
}

function Cell(props: { row: IRow; automation: IAutomation }): JSX.Element {
  const { row, automation } = props;
  const { trans } = automation;
  const { change, cell, number } = row;
  const words: Record<string, string> = {
    same: '',
    added: trans.__('new'),
    removed: trans.__('removed'),
    edited: trans.__('edited'),
    outputs: trans.__('shows something else')
  };
  const mark = words[change.kind] ?? change.kind;
  return (
    <li data-change={change.kind} data-asking={cell?.is_asking || undefined}>
      <div className="na-SoFar-side">
        <span>{cell?.execution_count ? `[${cell.execution_count}]` : (number ?? '')}</span>
        {mark && <span className="na-SoFar-mark">{mark}</span>}
        {cell?.is_asking && <span>{trans.__('asks')}</span>}
      </div>
      <div className="na-SoFar-main">
        <Source cell={cell} change={change} automation={automation} />
        {change.kind === 'outputs' && change.lines.length > 0 && (
          <LineDiff lines={change.lines} label={trans.__('What its output changed')} />
        )}
        {cell && (
          <Outputs outputs={cell.outputs as unknown as INotebookOutput[]} automation={automation} />
        )}
      </div>
    </li>
  );
}

function Source(props: {
  cell: INotebookCell | null;
  change: ICellChange;
  automation: IAutomation;
}): JSX.Element | null {
  const { cell, change, automation } = props;
  const { trans, rendermime } = automation;
  if (change.kind === 'removed' || change.kind === 'edited') {
    return <LineDiff lines={change.lines} label={trans.__('What its source changed')} />;
  }
  const source = cell?.source ?? '';
  if (cell?.type === 'markdown') {
    return <Prose text={source} rendermime={rendermime} />;
  }
  return source ? (
    <pre className="na-Source" tabIndex={0} aria-label={trans.__('Source')}>
      {source}
    </pre>
  ) : null;
}
