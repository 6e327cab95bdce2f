/** The failed cell and its traceback. */
import * as React from 'react';

import { ICell, ISession } from '../../api/sessions';
import { Button } from '../../parts/controls';
import { numbered } from '../../parts/timeline';
import { Traceback } from '../../parts/traceback';
import { IAutomation } from '../../tokens';

export function Failure(props: {
  session: ISession;
  cells: readonly ICell[];
  automation: IAutomation;
  /** Opens the source notebook at the cell with this id, or else with this source. */
  onSource: ((cell: string, source: string) => void) | null;
  /** Called with the failed cell's id. */
  onOpen: ((cell: string) => void) | null;
}): JSX.Element {
  const { session, automation, onSource, onOpen } = props;
  const { trans, rendermime } = automation;
  const error = session.error!;
  const index = error.cell_index;
  // Counted as the timeline, the log and the progress do: code cells that run.
  const counted = numbered(props.cells).find(({ cell }) => cell.index === index);
  const number = error.cell_number ?? counted?.number ?? null;
  return (
    <section className="na-Failure" aria-label={trans.__('Error')}>
      <h2>
        {error.ename}: <span>{error.evalue.trim().split('\n')[0]}</span>
      </h2>
      {error.cell_id && (
        <div className="na-Failure-cell">
          <span className="na-Dim">
            {number === null ? trans.__('Failed in a cell') : trans.__('Failed in cell %1', number)}
          </span>
          {onSource && (
            <Button onClick={() => onSource(error.cell_id!, error.cell_source ?? '')}>
              {trans.__('Go to this cell in the notebook')}
            </Button>
          )}
          {onOpen && (
            <Button onClick={() => onOpen(error.cell_id!)}>{trans.__('See it as it ran')}</Button>
          )}
        </div>
      )}
      {error.cell_source && (
        <pre className="na-Source" tabIndex={0} aria-label={trans.__('Source of the failed cell')}>
          {error.cell_source}
        </pre>
      )}
      {error.traceback.length > 0 && (
        <Traceback
          text={error.traceback.join('\n')}
          label={trans.__('Traceback')}
          rendermime={rendermime}
        />
      )}
    </section>
  );
}
