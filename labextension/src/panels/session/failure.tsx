/** The failed cell and its traceback. */
import * as React from 'react';

import { ICell, ISession } from '../../api/sessions';
import { Button } from '../../parts/controls';
import { Traceback } from '../../parts/traceback';
import { IAutomation } from '../../tokens';

export function Failure(props: {
  session: ISession;
  cells: readonly ICell[];
  automation: IAutomation;
  /** Called with the failed cell's id. */
  onOpen: ((cell: string) => void) | null;
}): JSX.Element {
  const { session, automation, onOpen } = props;
  const { trans, rendermime } = automation;
  const error = session.error!;
  const index = error.cell_index;
  // Counted as the timeline, the log and the progress do: code cells only.
  const position = props.cells.findIndex(cell => cell.index === index);
  return (
    <section className="na-Failure" aria-label={trans.__('Error')}>
      <h2>
        {error.ename}: <span>{error.evalue.trim().split('\n')[0]}</span>
      </h2>
      {index !== null && (
        <div className="na-Failure-cell">
          <span className="na-Dim">
            {trans.__('Failed in cell %1', (position < 0 ? index : position) + 1)}
          </span>
          {onOpen && error.cell_id && (
            <Button onClick={() => onOpen(error.cell_id!)}>{trans.__('Open at this cell')}</Button>
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
