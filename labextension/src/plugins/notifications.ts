/** Tells in Lab of what rules say that the panel is to tell; opens what a message to a person links to. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';

import { IChange, IChangeOn } from '../api/change-types';
import { CommandIDs, IAutomation } from '../tokens';

type Told = Extract<IChangeOn<'notifications'>, { activity: 'told' }>['content'];

/** In links of messages: the session to show. */
const SESSION = 'automation-session';

export const notifications: JupyterFrontEndPlugin<void> = {
  id: 'notebook-automation:notifications',
  description: 'Tells of what happened, as the rules of triggers and projects say.',
  autoStart: true,
  requires: [IAutomation],
  activate: (app: JupyterFrontEnd, automation: IAutomation): void => {
    automation.changes.changed.connect((_, change) => {
      if (isTold(change)) {
        tell(change.content, automation);
      }
    });
    const id = new URLSearchParams(window.location.search).get(SESSION);
    if (id && /^ses_[0-9a-z]{26}$/.test(id)) {
      void app.restored.then(() => app.commands.execute(CommandIDs.open, { page: 'session', id }));
    }
  }
};

function isTold(change: IChange): change is Extract<IChange, { activity: 'told' }> {
  return change.channel === 'notifications' && change.activity === 'told';
}

function tell(
  { title, text, entries, is_bad: isBad, session }: Told,
  automation: IAutomation
): void {
  const { commands, trans } = automation;
  const message = [title, text].filter(Boolean).join(': ');
  const open = (args: { page: string; id?: string }): void =>
    void commands.execute(CommandIDs.open, args);
  const one = entries === 1 && session;
  const actions = [
    {
      label: trans.__('Show'),
      displayType: 'accent' as const,
      callback: () => open(one ? { page: 'session', id: session } : { page: 'notifications' })
    }
  ];
  if (isBad) {
    Notification.error(message, { autoClose: false, actions });
  } else {
    Notification.info(message, { autoClose: 10000, actions });
  }
}
