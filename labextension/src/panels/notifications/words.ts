/** Notifications in words: their states, reasons and ways. */
import { TranslationBundle } from '@jupyterlab/translation';

import { INotification, NotificationChannel, NotificationState } from '../../api/notifications';

export function stateLabel(state: NotificationState, trans: TranslationBundle): string {
  const labels: Record<NotificationState, string> = {
    created: trans.__('Is gathered'),
    queued: trans.__('Waits'),
    processing: trans.__('Is sent'),
    sent: trans.__('Sent'),
    error: trans.__('Not sent'),
    dropped: trans.__('Not wanted')
  };
  return labels[state];
}

export function channelLabel(channel: NotificationChannel, trans: TranslationBundle): string {
  const labels: Record<NotificationChannel, string> = {
    panel: trans.__('Panel'),
    email: trans.__('E-mail'),
    slack: 'Slack',
    teams: 'Teams',
    webhook: trans.__('Webhook'),
    apprise: 'Apprise'
  };
  return labels[channel];
}

/** By which way and to whom. */
export function toWords({ channel, to }: INotification, trans: TranslationBundle): string {
  const target = to.slice(to.indexOf(':') + 1);
  const way = channelLabel(channel, trans);
  return channel === 'panel' ? way : `${way}: ${target}`;
}

/** What may be written in a line of who hears of what. */
export function notifyHelp(trans: TranslationBundle): string {
  return trans.__(
    'failed, completed, recovered, waiting, missed or late; to panel, email:ana, slack:SLACK_URL (the name of a secret), teams:…, webhook:…, apprise:…; then, for e-mails, with report email, html, pdf; at its end if …, a condition in CEL over session, result, artifacts and previous'
  );
}
