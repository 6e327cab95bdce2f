/** An inquiry's state as an icon and a word. */
import {
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
import { Chip, Look } from '../../parts/chip';

function lookOf({ status, outcome }: IInquiry, trans: TranslationBundle): [...Look, string] {
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
    <Chip look={[tone, icon]} label={label} status={inquiry.status} title={inquiry.ended_reason} />
  );
}
