/** A session's status as an icon and a word, and its last results as a row of bars. */
import {
  checkIcon,
  circleEmptyIcon,
  errorIcon,
  historyIcon,
  pauseIcon,
  runningIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { SessionStatus } from '../api/sessions';
import { IRecent } from '../api/triggers';
import { Chip, Look } from './chip';

/** How many results the bars show. */
const BARS = 10;

const LOOKS: Record<SessionStatus, Look> = {
  requested: ['idle', circleEmptyIcon],
  scheduling: ['idle', circleEmptyIcon],
  scheduled: ['idle', circleEmptyIcon],
  running: ['busy', runningIcon],
  waiting: ['warn', pauseIcon],
  completed: ['good', checkIcon],
  failed: ['bad', errorIcon],
  canceling: ['warn', stopIcon],
  cancelled: ['idle', stopIcon],
  timeout: ['bad', historyIcon],
  abandoned: ['bad', errorIcon]
};

/** The label of a status. */
export function statusLabel(status: SessionStatus, trans: TranslationBundle): string {
  const labels: Record<SessionStatus, string> = {
    requested: trans.__('Requested'),
    scheduling: trans.__('Held back'),
    scheduled: trans.__('Queued'),
    running: trans.__('Running'),
    waiting: trans.__('Waiting'),
    completed: trans.__('Completed'),
    failed: trans.__('Failed'),
    canceling: trans.__('Cancelling'),
    cancelled: trans.__('Cancelled'),
    timeout: trans.__('Timed out'),
    abandoned: trans.__('Abandoned')
  };
  return labels[status];
}

export function StatusChip(props: {
  status: SessionStatus;
  trans: TranslationBundle;
  title?: string | null;
}): JSX.Element {
  const { status, trans, title } = props;
  return (
    <Chip look={LOOKS[status]} label={statusLabel(status, trans)} status={status} title={title} />
  );
}

/** The icon alone, named for screen readers. */
export function StatusIcon(props: {
  status: SessionStatus;
  trans: TranslationBundle;
}): JSX.Element {
  const [tone, icon] = LOOKS[props.status];
  const label = statusLabel(props.status, props.trans);
  return (
    <span
      className={`na-StatusIcon na-mod-${tone}`}
      role="img"
      aria-label={label}
      title={label}
      data-status={props.status}
    >
      <icon.react tag="span" className="na-Chip-icon" />
    </span>
  );
}

/** Oldest left, newest right; a failure is a short bar, so that colour is not all there is. */
export function Sparkline(props: { recent: IRecent[]; trans: TranslationBundle }): JSX.Element {
  const { recent, trans } = props;
  const shown = recent.slice(0, BARS).reverse();
  const failed = shown.filter(item => LOOKS[item.status][0] === 'bad').length;
  const label =
    shown.length === 0
      ? trans.__('Not run yet')
      : trans.__('Last %1 sessions, %2 failed', shown.length, failed);
  return (
    <span className="na-Sparkline" role="img" aria-label={label} title={label}>
      {Array.from({ length: BARS - shown.length }, (_, index) => (
        <i key={`none-${index}`} />
      ))}
      {shown.map(item => (
        <i key={item.id} className={`na-mod-${LOOKS[item.status][0]}`} />
      ))}
    </span>
  );
}
