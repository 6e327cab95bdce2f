/** Let a session that sleeps go on before its time, or one that is held back start. */
import * as React from 'react';

import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { IAutomation } from '../../tokens';
import { sleeps } from '../sessions/words';
import { SessionModel } from './model';

export function WakeAction(props: {
  model: SessionModel;
  automation: IAutomation;
}): JSX.Element | null {
  const { model, automation } = props;
  const { trans } = automation;
  const [busy, run] = useBusy();
  const { session } = model;
  const held = session?.status === 'scheduling' && Boolean(session.wake_at);
  if (!session || (!held && !sleeps(session))) {
    return null;
  }
  return (
    <Button accept disabled={busy} onClick={() => void run(() => attempt(() => model.wake()))}>
      {held ? trans.__('Start now') : trans.__('Wake now')}
    </Button>
  );
}
