/** An inquiry's state as an icon and a word. */
import {
  LabIcon,
  checkIcon,
  errorIcon,
  historyIcon,
  pauseIcon,
  stopIcon,
  undoIcon
} from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IInquiry } from '../../api/inquiries';

type Look = readonly [tone: string, icon: LabIcon, label: string];

function lookOf({ status, outcome }: IInquiry, trans: TranslationBundle): Look {
  switch (outcome ?? status) {
    case 'pending':
      return ['warn', pauseIcon, trans.__('Waits')];
    case 'timeout':
      return ['bad', historyIcon, trans.__('Timed out')];
    case 'withdrawn':
      return ['idle', stopIcon, trans.__('Withdrawn')];
    case 'cancelled':
      return ['idle', stopIcon, trans.__('Cancelled')];
    case 'sent_back':
      return ['idle', undoIcon, trans.__('Sent back')];
    case 'rejected':
      return ['bad', errorIcon, trans.__('Rejected')];
    case 'approved':
      return ['good', checkIcon, trans.__('Approved')];
    default:
      return ['good', checkIcon, trans.__('Answered')];
  }
}

export function InquiryChip(props: { inquiry: IInquiry; trans: TranslationBundle }): JSX.Element {
  const { inquiry, trans } = props;
  const [tone, icon, label] = lookOf(inquiry, trans);
  return (
    <span
      className={`na-Chip na-mod-${tone}`}
      data-status={inquiry.status}
      title={inquiry.ended_reason ?? ''}
    >
      <icon.react tag="span" className="na-Chip-icon" />
      <span>{label}</span>
    </span>
  );
}
