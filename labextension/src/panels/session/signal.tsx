/** Send a session the signal that it waits for. */
import { InputDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { IAutomation } from '../../tokens';
import { awaitedSignal } from '../sessions/words';
import { SessionModel } from './model';
import { payloadOf } from './payload';

export function SignalAction(props: {
  model: SessionModel;
  automation: IAutomation;
}): JSX.Element | null {
  const { model, automation } = props;
  const { trans } = automation;
  const [busy, run] = useBusy();
  const name = model.session && awaitedSignal(model.session);
  if (!name) {
    return null;
  }
  const send = async (): Promise<void> => {
    const answer = await InputDialog.getText({
      title: trans.__('Send signal %1', name),
      label: trans.__('What comes with it, as JSON or text; may be empty'),
      okLabel: trans.__('Send')
    });
    if (answer.button.accept) {
      await attempt(() => model.signal(name, payloadOf(answer.value ?? '')));
    }
  };
  return (
    <Button accept disabled={busy} onClick={() => void run(send)}>
      {trans.__('Send signal %1…', name)}
    </Button>
  );
}
