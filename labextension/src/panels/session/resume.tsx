/** Buttons that go on from a durable session's checkpoints, and what they start. */
import { editIcon, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IResumeBody } from '../../api/checkpoints';
import { ISession } from '../../api/sessions';
import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { rerunIcon } from '../../parts/icons';
import { CommandIDs, IAutomation } from '../../tokens';
import { forkWithParameters } from './fork';
import { SessionModel } from './model';
import { canFork, canResume, endObstacle } from './saved';

/** Go on from a checkpoint, and open the page of the session that does. */
export async function goOn(
  model: SessionModel,
  automation: IAutomation,
  body: IResumeBody
): Promise<void> {
  await show(automation, await attempt(() => model.resume(body, automation.documents)));
}

async function forkAndShow(
  model: SessionModel,
  automation: IAutomation,
  session: ISession
): Promise<void> {
  await show(automation, await attempt(() => forkWithParameters(model, automation, session)));
}

async function show(automation: IAutomation, next: ISession | null | undefined): Promise<void> {
  if (next) {
    await automation.commands.execute(CommandIDs.open, { page: 'session', id: next.id });
  }
}

export function ResumeActions(props: {
  model: SessionModel;
  automation: IAutomation;
}): JSX.Element | null {
  const { model, automation } = props;
  const { trans } = automation;
  const [busy, run] = useBusy();
  const { session, checkpoints } = model;
  if (!session) {
    return null;
  }
  const inTheWay = endObstacle(checkpoints);
  const refused = inTheWay
    ? trans.__('Not resumable past cell %1, because %2', inTheWay.cell ?? '–', inTheWay.obstacle)
    : null;
  return (
    <>
      {canResume(session.status) && (
        <Button
          icon={runIcon}
          accept={!model.notebook}
          disabled={busy || inTheWay !== null}
          title={refused ?? trans.__('Go on where it ended: finished cells are not run again')}
          onClick={() => void run(() => goOn(model, automation, {}))}
        >
          {trans.__('Resume')}
        </Button>
      )}
      {(canResume(session.status) || session.status === 'waiting') && (
        <Button
          icon={editIcon}
          disabled={busy || inTheWay !== null}
          title={refused ?? trans.__('A notebook with a kernel in the state before that cell')}
          onClick={() =>
            void run(() =>
              attempt(() => automation.commands.execute(CommandIDs.openLive, { id: session.id }))
            )
          }
        >
          {session.status === 'failed'
            ? trans.__('Open at the failed cell')
            : trans.__('Open where it is')}
        </Button>
      )}
      {canFork(session.status) && (
        <Button
          icon={rerunIcon}
          disabled={busy}
          title={trans.__('Cells are kept up to the first that was edited')}
          onClick={() => void run(() => goOn(model, automation, { files: 'now' }))}
        >
          {trans.__('Fork with the files of now')}
        </Button>
      )}
      {canFork(session.status) && (
        <Button
          icon={rerunIcon}
          disabled={busy}
          title={trans.__('Cells before the one that sets them are kept, or all before a cell')}
          onClick={() => void run(() => forkAndShow(model, automation, session))}
        >
          {trans.__('Fork with other parameters…')}
        </Button>
      )}
    </>
  );
}
