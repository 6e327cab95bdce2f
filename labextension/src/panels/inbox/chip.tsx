/** What became of a delivery, as an icon and a word. */
import { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, circleEmptyIcon, errorIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { InboxStatus } from '../../api/inbox';
import { Chip, Look } from '../../parts/chip';
import { statusLabel } from './words';

const LOOKS: Record<InboxStatus, Look> = {
  received: ['idle', circleEmptyIcon],
  processed: ['good', checkIcon],
  failed: ['bad', errorIcon]
};

export function DeliveryChip(props: {
  status: InboxStatus;
  trans: TranslationBundle;
}): JSX.Element {
  return <Chip look={LOOKS[props.status]} label={statusLabel(props.status, props.trans)} />;
}
