/** Let a session that sleeps go on before its time. */
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
  if (!model.session || !sleeps(model.session)) {
    return null;
  }
  return (
    <Button accept disabled={busy} onClick={() => void run(() => attempt(() => model.wake()))}>
      {trans.__('Wake now')}
    </Button>
  );
}
