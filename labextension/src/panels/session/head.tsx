/** A session in a few lines: name, status, times, and what can be done with it. */
import { launchIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { callsApi } from '../../api/projects';
import { ISession, RetryFiles } from '../../api/sessions';
import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { rerunIcon, retryIcon } from '../../parts/icons';
import { Progress } from '../../parts/progress';
import { StatusChip } from '../../parts/status';
import { duration, moment, precise } from '../../parts/times';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { canCancel, isActive, length } from '../sessions/summary';
import { askCancel } from '../sessions/ask-cancel';
import { durableHelp, laterWords } from '../sessions/words';
import { SessionModel } from './model';
import { ResumeActions } from './resume';
import { SignalAction } from './signal';
import { WakeAction } from './wake';

/** Open the executed notebook in Lab's viewer, at one of its cells if `cell` (an id) is given. */
export function openNotebook(model: SessionModel, automation: IAutomation, cell?: string): void {
  if (model.notebook) {
    void attempt(() =>
      automation.commands.execute(CommandIDs.openArtifact, {
        path: model.notebook!.drive_path,
        ...(cell === undefined ? {} : { cell })
      })
    );
  }
}

export function Head(props: {
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
  const later = laterWords(session, trans);
  const openSession = (id: string): void =>
    void commands.execute(CommandIDs.open, { page: 'session', id });
  const retry = (files: RetryFiles) => () =>
    void run(async () => {
      const next = await attempt(() => model.retry(files, automation.documents));
      if (next) {
        openSession(next.id);
      }
    });
  return (
    <div className="na-Session-head">
      <div className="na-Session-title">
        <h1>{session.trigger ?? session.call}</h1>
        <StatusChip status={session.status} trans={trans} title={session.reason} />
        <Progress session={session} trans={trans} />
      </div>
      <p className="na-Session-line">
        <code>{session.call}</code>
        {session.file_saved_at && (
          <span title={precise(session.file_saved_at)}>
            {trans.__('as saved at %1', moment(session.file_saved_at))}
            {session.file_saved_again && (
              <span className="na-Problem"> {trans.__('(saved again since)')}</span>
            )}
          </span>
        )}
        {model.source && automation.documents.isUnsaved(model.source) && (
          <span className="na-Problem">{trans.__('open with changes that are not saved')}</span>
        )}
        <span>
          <When at={session.created_at} now={now} />
          {session.started_by ? ` ${trans.__('by %1', session.started_by)}` : ''}
        </span>
        {seconds !== null && <span>{duration(seconds)}</span>}
        {session.attempt > 1 && <span>{trans.__('attempt %1', session.attempt)}</span>}
        {session.is_durable && <span title={durableHelp(trans)}>{trans.__('durable')}</span>}
        {later && <span title={session.wake_at ? precise(session.wake_at) : ''}>{later}</span>}
        {session.retried_by && (
          <button
            type="button"
            className="na-Link"
            onClick={() => openSession(session.retried_by!)}
          >
            {trans.__('tried again in another session')}
          </button>
        )}
        {session.retry_of && (
          <button type="button" className="na-Link" onClick={() => openSession(session.retry_of!)}>
            {session.forked_from
              ? trans.__('goes on from an earlier session')
              : trans.__('retry of an earlier session')}
          </button>
        )}
        {session.parent_id && (
          <button type="button" className="na-Link" onClick={() => openSession(session.parent_id!)}>
            {trans.__('started by another session')}
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
        <SignalAction model={model} automation={automation} />
        <WakeAction model={model} automation={automation} />
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
        {session.is_durable && <ResumeActions model={model} automation={automation} />}
        {isActive(session.status) ? (
          <Button
            icon={stopIcon}
            warn
            disabled={busy || !canCancel(session)}
            onClick={() => void run(() => attempt(() => model.cancel(askCancel(trans))))}
          >
            {session.status === 'canceling' ? trans.__('Cancelling…') : trans.__('Cancel')}
          </Button>
        ) : (
          <>
            <Button icon={retryIcon} disabled={busy} onClick={retry('same')}>
              {callsApi(session.call) ? trans.__('Retry') : trans.__('Retry with the same files')}
            </Button>
            {!callsApi(session.call) && (
              <Button icon={rerunIcon} disabled={busy} onClick={retry('current')}>
                {trans.__('Retry with the files of now')}
              </Button>
            )}
          </>
        )}
      </div>
    </div>
  );
}
