/** What the inbox says of a delivery. */
import { TranslationBundle } from '@jupyterlab/translation';

import { IDelivery, InboxStatus } from '../../api/inbox';

export function statusLabel(status: InboxStatus, trans: TranslationBundle): string {
  const labels: Record<InboxStatus, string> = {
    received: trans.__('Received'),
    processed: trans.__('Processed'),
    failed: trans.__('Failed')
  };
  return labels[status];
}

/** Who sent it, or to which trigger. */
export function senderOf({ source, trigger, event_type }: IDelivery): string {
  return source ?? trigger ?? event_type;
}
