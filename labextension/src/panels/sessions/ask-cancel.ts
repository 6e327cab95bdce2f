/** Asks whether a session is cancelled alone, or with what it has started. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';

import { AskCancel, Cancelled } from './cancel';

export function askCancel(trans: TranslationBundle): AskCancel {
  return async (children: number): Promise<Cancelled> => {
    const alone = Dialog.warnButton({ label: trans.__('Only this one') });
    const all = Dialog.warnButton({ label: trans.__('With its children') });
    const { button } = await showDialog({
      title: trans.__('Cancel what it has started, too?'),
      body: trans._n(
        '%1 session that it has started, or that these have, has not ended.',
        '%1 sessions that it has started, or that these have, have not ended.',
        children
      ),
      buttons: [Dialog.cancelButton({ label: trans.__('Go back') }), alone, all],
      defaultButton: 0
    });
    const chosen: Record<string, Cancelled> = {
      [alone.label]: 'alone',
      [all.label]: 'with children'
    };
    return chosen[button.label] ?? null;
  };
}
