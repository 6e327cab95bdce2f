/** What a session's page shows: where it stands, what went wrong, and everything it left. */
import { launchIcon, refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ISession } from '../../api/types';
import { attempt } from '../../parts/attempt';
import { Button, Empty, Facts, Json, Trouble } from '../../parts/controls';
import { useBusy, useChanged, useNow } from '../../parts/hooks';
import { Progress } from '../../parts/progress';
import { StatusChip } from '../../parts/status';
import { Tabs } from '../../parts/tabs';
import { Timeline } from '../../parts/timeline';
import { duration } from '../../parts/times';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { ArtifactRows } from '../artifacts/rows';
import { isActive, length } from '../sessions/model';
import { IBodyProps } from '../widget';
import { Failure } from './failure';
import { Log } from './log';
import { SessionModel, canCancel } from './model';

export default function SessionBody({ model, automation }: IBodyProps<SessionModel>): JSX.Element {
  const { trans } = automation;
  useChanged(model);
  const { session } = model;
  const now = useNow(session && isActive(session.status) ? 500 : 20000);
  if (!session) {
    return (
      <div className="na-Page">
        <Trouble model={model} trans={trans} />
      </div>
    );
  }
  const openCell = (cell: string): void => openNotebook(model, automation, cell);
  return (
    <div className="na-Page na-Session" data-session={session.id} data-status={session.status}>
      <Head session={session} now={now} model={model} automation={automation} />
      <Trouble model={model} trans={trans} />
      {session.error && (
        <Failure session={session} automation={automation} onOpen={model.notebook && openCell} />
      )}
      {model.cells.length > 0 && (
        <Timeline
          cells={model.cells}
          now={now}
          trans={trans}
          onOpen={model.notebook ? openCell : null}
        />
      )}
      <Tabs
        label={trans.__('About this session')}
        tabs={[
          {
            id: 'log',
            label: trans.__('Log'),
            count: model.log.length,
            body: () => <Log model={model} automation={automation} />
          },
          {
            id: 'artifacts',
            label: trans.__('Artifacts'),
            count: model.artifacts.length,
            body: () => <Artifacts model={model} automation={automation} now={now} />
          },
          {
            id: 'input',
            label: trans.__('Parameters and result'),
            body: () => <Input session={session} automation={automation} />
          },
          {
            id: 'event',
            label: trans.__('Event'),
            body: () => <Event model={model} automation={automation} now={now} />
          }
        ]}
      />
    </div>
  );
}

function openNotebook(model: SessionModel, automation: IAutomation, cell?: string): void {
  if (model.notebook) {
    void attempt(() =>
      automation.commands.execute(CommandIDs.openArtifact, {
        path: model.notebook!.drive_path,
        ...(cell === undefined ? {} : { cell })
      })
    );
  }
}

function Head(props: {
  session: ISession;
  now: number;
  model: SessionModel;
  automation: IAutomation;
}): JSX.Element {
  const { session, now, model, automation } = props;
  const { trans, commands } = automation;
  const [busy, run] = useBusy();
  const seconds = length(session, now);
  const { report } = model;
  const openSession = (id: string): void =>
    void commands.execute(CommandIDs.open, { page: 'session', id });
  return (
    <header className="na-Session-head">
      <div className="na-Session-title">
        <h1>{session.trigger ?? session.call}</h1>
        <StatusChip status={session.status} trans={trans} title={session.reason} />
        <Progress session={session} trans={trans} />
      </div>
      <p className="na-Session-line">
        <code>{session.call}</code>
        <span>
          <When at={session.created_at} now={now} />
          {session.started_by ? ` ${trans.__('by %1', session.started_by)}` : ''}
        </span>
        {seconds !== null && <span>{duration(seconds)}</span>}
        {session.attempt > 1 && <span>{trans.__('attempt %1', session.attempt)}</span>}
        {session.retry_of && (
          <button type="button" className="na-Link" onClick={() => openSession(session.retry_of!)}>
            {trans.__('retry of an earlier session')}
          </button>
        )}
        {session.trigger_id && (
          <button
            type="button"
            className="na-Link"
            onClick={() =>
              void commands.execute(CommandIDs.open, { page: 'triggers', id: session.trigger_id })
            }
          >
            {trans.__('its trigger')}
          </button>
        )}
        <span className="na-Dim na-Mono">{session.id}</span>
      </p>
      {session.reason && !session.error && <p className="na-Reason">{session.reason}</p>}
      <div className="na-Actions">
        {model.notebook && (
          <Button icon={launchIcon} accept onClick={() => openNotebook(model, automation)}>
            {trans.__('Open the executed notebook')}
          </Button>
        )}
        {report && (
          <Button
            onClick={() =>
              void commands.execute(CommandIDs.openArtifact, { path: report.drive_path })
            }
          >
            {trans.__('Open the report')}
          </Button>
        )}
        {isActive(session.status) ? (
          <Button
            icon={stopIcon}
            warn
            disabled={busy || !canCancel(session)}
            onClick={() => void run(() => attempt(() => model.cancel()))}
          >
            {session.status === 'canceling' ? trans.__('Cancelling…') : trans.__('Cancel')}
          </Button>
        ) : (
          <Button
            icon={refreshIcon}
            disabled={busy}
            onClick={() =>
              void run(async () => {
                const next = await attempt(() => model.retry());
                if (next) {
                  openSession(next.id);
                }
              })
            }
          >
            {trans.__('Retry')}
          </Button>
        )}
      </div>
    </header>
  );
}

function Artifacts(props: {
  model: SessionModel;
  automation: IAutomation;
  now: number;
}): JSX.Element {
  const { model, automation, now } = props;
  const { trans } = automation;
  if (model.artifacts.length === 0) {
    return (
      <Empty title={trans.__('No artifacts')}>
        <p>{trans.__('Keep a table, figure or file with na.artifact(value, "name").')}</p>
      </Empty>
    );
  }
  return <ArtifactRows artifacts={model.artifacts} now={now} automation={automation} />;
}

function Input(props: { session: ISession; automation: IAutomation }): JSX.Element {
  const { session, automation } = props;
  const { trans } = automation;
  const parameters = Object.entries(session.parameters);
  return (
    <div className="na-Input-tab">
      <h3>{trans.__('Parameters')}</h3>
      {parameters.length > 0 ? (
        <Facts
          items={parameters.map(([name, value]) => [name, <code>{JSON.stringify(value)}</code>])}
        />
      ) : (
        <p className="na-Dim">{trans.__('It ran with the defaults of its parameters cell.')}</p>
      )}
      {session.result !== null && session.result !== undefined && (
        <>
          <h3>{trans.__('Result')}</h3>
          <Json value={session.result} label={trans.__('Result')} />
        </>
      )}
      <h3>{trans.__('How it ran')}</h3>
      <Facts
        items={[
          [trans.__('Project'), session.project || '/'],
          [trans.__('Kernel'), session.kernel_name ?? '–'],
          [
            trans.__('Time limit'),
            session.time_limit ? duration(session.time_limit) : trans.__('none')
          ]
        ]}
      />
    </div>
  );
}

function Event(props: { model: SessionModel; automation: IAutomation; now: number }): JSX.Element {
  const { model, automation, now } = props;
  const { trans } = automation;
  const { event } = model;
  if (!event) {
    return <Empty title={trans.__('No event: this session was started by hand.')} />;
  }
  return (
    <div className="na-Input-tab">
      <Facts
        items={[
          [trans.__('Type'), <code>{event.type}</code>],
          [trans.__('Source'), event.source],
          [trans.__('Received'), <When at={event.received_at} now={now} />],
          [trans.__('Id'), <code>{event.id}</code>]
        ]}
      />
      <h3>{trans.__('Data')}</h3>
      <Json value={event.data} label={trans.__('Data')} />
    </div>
  );
}
