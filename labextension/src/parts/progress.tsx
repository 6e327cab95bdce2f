/** How far a session is: the progress that it reported, else its cells. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ISession } from '../api/sessions';

/** Share that is done, 0 to 1; null where it is unknown. The current cell itself is not done yet. */
export function share(session: ISession): number | null {
  if (session.status === 'completed') {
    return 1;
  }
  if (session.progress && !session.finished_at) {
    return Math.min(1, Math.max(0, session.progress.value));
  }
  if (!session.total_cells) {
    return null;
  }
  return Math.min(1, Math.max(0, (session.current_cell ?? 0) - 1) / session.total_cells);
}

export function Progress(props: {
  session: ISession;
  trans: TranslationBundle;
}): JSX.Element | null {
  const { session, trans } = props;
  const done = share(session);
  if (done === null) {
    return null;
  }
  const { current_cell: current, total_cells: total, progress } = session;
  const cells = !total
    ? ''
    : current
      ? trans.__('Cell %1 of %2', current, total)
      : trans.__('%1 cells', total);
  const message = session.finished_at ? '' : progress?.message;
  const text = message || cells || `${Math.round(done * 100)} %`;
  return (
    <span className="na-Progress" data-status={session.status}>
      <span
        className="na-Progress-track"
        role="progressbar"
        aria-label={text}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(done * 100)}
      >
        <i style={{ width: `${done * 100}%` }} />
      </span>
      <span className="na-Progress-text" title={text}>
        {text}
      </span>
    </span>
  );
}
