/** One session's row: its status, how far it is, and what can be done with it. */
import { stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { toJson } from '../../api/json';
import { callsApi } from '../../api/projects';
import { ISession } from '../../api/sessions';
import { attempt } from '../../parts/attempt';
import { IconButton } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { rerunIcon, retryIcon } from '../../parts/icons';
import { Progress } from '../../parts/progress';
import { MainCell, Row, WhenCell } from '../../parts/rows';
import { StatusChip } from '../../parts/status';
import { Cell } from '../../parts/table';
import { duration } from '../../parts/times';
import { CommandIDs, IAutomation } from '../../tokens';
import { Select } from '../list/fields';
import { SessionsModel } from './model';
import { canCancel, isActive, length } from './summary';
import { laterWords } from './words';

export function SessionRow(props: {
  session: ISession;
  now: number;
  model: SessionsModel;
  automation: IAutomation;
}): JSX.Element {
  const { session, now, model, automation } = props;
  const { trans, commands } = automation;
  const seconds = length(session, now);
  const active = isActive(session.status);
  const name = session.trigger ?? session.call;
  const more = [laterWords(session, trans), detail(session)].filter(Boolean).join(' · ');
  return (
    <Row
      data={{ session: session.id, active }}
      lead={<Select model={model} item={session} name={name} trans={trans} />}
    >
      <Cell>
        <StatusChip status={session.status} trans={trans} title={session.reason} />
      </Cell>
      <MainCell
        name={name}
        more={more}
        title={[name, more].filter(Boolean).join('\n')}
        onClick={() => void commands.execute(CommandIDs.open, { page: 'session', id: session.id })}
      />
      <Cell className="na-Rows-progress">
        <Progress session={session} trans={trans} />
      </Cell>
      <Cell className="na-Rows-time">{seconds === null ? '' : duration(seconds)}</Cell>
      <WhenCell at={session.created_at} now={now} />
      <Cell className="na-Rows-actions">
        <Actions session={session} model={model} automation={automation} />
      </Cell>
    </Row>
  );
}

function Actions(props: {
  session: ISession;
  model: SessionsModel;
  automation: IAutomation;
}): JSX.Element {
  const { session, model, automation } = props;
  const { trans } = automation;
  const [busy, run] = useBusy();
  const perform = (action: () => Promise<unknown>) => () => void run(() => attempt(action));
  if (isActive(session.status)) {
    return (
      <IconButton
        icon={stopIcon}
        label={trans.__('Cancel')}
        disabled={busy || !canCancel(session)}
        onClick={perform(() => model.cancel(session.id))}
      />
    );
  }
  return (
    <>
      <IconButton
        icon={retryIcon}
        label={callsApi(session.call) ? trans.__('Retry') : trans.__('Retry with the same files')}
        disabled={busy}
        onClick={perform(() => model.retry(session, 'same'))}
      />
      {!callsApi(session.call) && (
        <IconButton
          icon={rerunIcon}
          label={trans.__('Retry with the files of now')}
          disabled={busy}
          onClick={perform(() => model.retry(session, 'current'))}
        />
      )}
    </>
  );
}

/** What distinguishes a session from others of its trigger: its error, its reason or its parameters. */
function detail(session: ISession): string {
  if (session.error) {
    return `${session.error.ename}: ${session.error.evalue}`;
  }
  if (session.reason) {
    return session.reason;
  }
  const parameters = Object.entries(session.parameters)
    .map(([key, value]) => `${key}=${toJson(value)}`)
    .join(', ');
  return session.trigger ? [session.call, parameters].filter(Boolean).join(' · ') : parameters;
}
