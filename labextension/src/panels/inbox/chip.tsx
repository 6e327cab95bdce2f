/** What became of a delivery, as an icon and a word. */
import { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon, checkIcon, circleEmptyIcon, errorIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { InboxStatus } from '../../api/inbox';
import { statusLabel } from './words';

const LOOKS: Record<InboxStatus, readonly ['good' | 'bad' | 'idle', LabIcon]> = {
  received: ['idle', circleEmptyIcon],
  processed: ['good', checkIcon],
  failed: ['bad', errorIcon]
};

export function DeliveryChip(props: {
  status: InboxStatus;
  trans: TranslationBundle;
}): JSX.Element {
  const [tone, icon] = LOOKS[props.status];
  return (
    <span className={`na-Chip na-mod-${tone}`}>
      <icon.react tag="span" className="na-Chip-icon" />
      {statusLabel(props.status, props.trans)}
    </span>
  );
}
