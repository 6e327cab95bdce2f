/** What the page of a sweep shows: how far it is, its grid, an end to all of it, and what is left run again. */
import * as React from 'react';

import { ISweepResult, MOST_SHOWN } from '../../api/sweeps';
import { attempt } from '../../parts/attempt';
import { Button, Trouble } from '../../parts/controls';
import { useBusy, useChanged } from '../../parts/hooks';
import { StatusChip } from '../../parts/status';
import { CommandIDs, IAutomation } from '../../tokens';
import { progressWords } from '../backfill/words';
import { IBodyProps } from '../widget';
import { gridOf, valueText } from './grid';
import { SweepModel } from './model';

export default function SweepBody({ model, automation }: IBodyProps<SweepModel>): JSX.Element {
  useChanged(model);
  const [busy, run] = useBusy();
  const { trans, commands } = automation;
  const { group } = model;
  const open = (page: string, id: string): void =>
    void commands.execute(CommandIDs.open, { page, id });
  const retry = (): Promise<void> =>
    run(async () => {
      await attempt(async () => open('sweep', (await model.retry()).id));
    });
  return (
    <div className="na-Page na-Sweep">
      <div className="na-Page-head">
        <div>
          <h1>{trans.__('Sweep of %1', group?.call ?? '…')}</h1>
          {group && (
            <p className="na-Dim" data-state={group.state}>
              {progressWords(group, trans)}
              {group.reason && ` · ${group.reason}`}
            </p>
          )}
        </div>
        {group?.state === 'running' && (
          <>
            <Button
              disabled={busy}
              onClick={() => void run(() => attempt(() => model.cancel('finish')))}
            >
              {trans.__('Begin no more')}
            </Button>
            <Button
              disabled={busy}
              onClick={() => void run(() => attempt(() => model.cancel('stop')))}
            >
              {trans.__('Stop all')}
            </Button>
          </>
        )}
        {model.mayRetry && (
          <Button disabled={busy} onClick={() => void retry()}>
            {trans.__('Run again what has not completed')}
          </Button>
        )}
      </div>
      <Trouble model={model} trans={trans} />
      {group && <Grid model={model} automation={automation} open={open} />}
      {group && group.total > MOST_SHOWN && (
        <p className="na-Dim">{trans.__('The first %1 are shown.', MOST_SHOWN)}</p>
      )}
    </div>
  );
}

function Grid(props: {
  model: SweepModel;
  automation: IAutomation;
  open: (page: string, id: string) => void;
}): JSX.Element {
  const { model, automation, open } = props;
  const { columns, rows, corner } = gridOf(model.group!, model.results);
  const { trans } = automation;
  const heads = columns.length > 0 ? columns : [trans.__('What came of it')];
  return (
    <table className="na-Sweep-grid" aria-label={trans.__('Combinations')}>
      <thead>
        <tr>
          <th scope="col">{corner}</th>
          {heads.map(head => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={row.name}>
            <th scope="row">{row.name}</th>
            {row.cells.map((cell, index) => (
              <td key={index} data-status={cell?.status ?? cell?.state}>
                {cell && <Cell cell={cell} automation={automation} open={open} />}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell(props: {
  cell: ISweepResult;
  automation: IAutomation;
  open: (page: string, id: string) => void;
}): JSX.Element {
  const { cell, automation, open } = props;
  const { trans } = automation;
  const { session, status } = cell;
  if (session === null || status === null) {
    const words: Record<ISweepResult['state'], string> = {
      waiting: trans.__('to come'),
      started: trans.__('its session is gone'),
      skipped: trans.__('left out'),
      cancelled: trans.__('never begun')
    };
    return (
      <span className="na-Dim" title={cell.reason ?? undefined}>
        {words[cell.state]}
      </span>
    );
  }
  return (
    <>
      <Button title={cell.name} onClick={() => open('session', session)}>
        <StatusChip status={status} trans={trans} title={cell.reason} />
      </Button>
      {cell.result !== null && cell.result !== undefined && <code>{valueText(cell.result)}</code>}
    </>
  );
}
