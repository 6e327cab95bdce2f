/** What the sidebar shows: running now, waiting, failed in the last day, and the triggers. */
import { addIcon, checkIcon, runIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ISession } from '../../api/sessions';
import { ITrigger, callText } from '../../api/triggers';
import { attempt } from '../../parts/attempt';
import { Button, IconButton, Trouble } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useBusy, useChanged, useNow } from '../../parts/hooks';
import { Progress } from '../../parts/progress';
import { Sparkline, StatusIcon } from '../../parts/status';
import { duration } from '../../parts/times';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { PAGES } from '../pages';
import { askCancel } from '../sessions/ask-cancel';
import { length, shortName } from '../sessions/summary';
import { laterWords } from '../sessions/words';
import { TypeIcon, problemText, typeLabel } from '../triggers/kind';
import { IBodyProps } from '../widget';
import { Asked } from './asked';
import { IFailure, OverviewModel } from './model';

export default function OverviewBody({
  model,
  automation
}: IBodyProps<OverviewModel>): JSX.Element {
  const { trans, commands } = automation;
  useChanged(model);
  const now = useNow(model.running.length > 0 ? 1000 : 20000);
  const open = (page: string): void => void commands.execute(CommandIDs.open, { page });
  return (
    <div className="na-Overview">
      <div className="na-Overview-head">
        <h2>{trans.__('Automation')}</h2>
        <Button icon={addIcon} onClick={() => void commands.execute(CommandIDs.automate)}>
          {trans.__('Automate')}
        </Button>
      </div>
      <nav aria-label={trans.__('Pages')}>
        {PAGES.filter(({ listed }) => listed).map(page => (
          <button key={page.name} type="button" onClick={() => open(page.name)}>
            {page.title(trans, {})}
          </button>
        ))}
      </nav>
      <Trouble model={model} trans={trans} />
      {model.inquiries.length > 0 && (
        <Section
          title={trans.__('Waiting for you')}
          count={model.inquiries.length}
          more={model.moreInquiries}
        >
          {model.inquiries.map(inquiry => (
            <Asked key={inquiry.id} inquiry={inquiry} now={now} automation={automation} />
          ))}
        </Section>
      )}
      <Sessions
        title={trans.__('Running now')}
        sessions={model.running}
        more={model.moreRunning}
        {...{ now, model, automation }}
      />
      <Sessions
        title={trans.__('Waiting')}
        sessions={model.waiting}
        more={model.moreWaiting}
        {...{ now, model, automation }}
      />
      {model.failed.length > 0 && (
        <Section
          title={trans.__('Failed in the last day')}
          count={model.failed.length}
          more={model.moreFailed}
        >
          {model.failed.map(failure => (
            <Failed
              key={failure.newest.id}
              failure={failure}
              now={now}
              model={model}
              automation={automation}
            />
          ))}
        </Section>
      )}
      {model.triggers.length > 0 && (
        <Section
          title={trans.__('Triggers')}
          count={model.triggers.length}
          more={model.moreTriggers}
        >
          {model.triggers.map(trigger => (
            <Trigger key={trigger.id} trigger={trigger} now={now} automation={automation} />
          ))}
        </Section>
      )}
      {model.moreTriggers && (
        <Button onClick={() => open('triggers')}>{trans.__('All triggers')}</Button>
      )}
      {!model.pristine && model.triggers.length === 0 && <Start automation={automation} />}
    </div>
  );
}

function Section(props: {
  title: string;
  count: number;
  /** Whether there are more than are listed. */
  more: boolean;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <section>
      <h3>
        {props.title}
        <span className="na-Count">{props.more ? `${props.count}+` : props.count}</span>
      </h3>
      <ul className="na-List" aria-label={props.title}>
        {props.children}
      </ul>
    </section>
  );
}

interface ISessionProps {
  session: ISession;
  now: number;
  automation: IAutomation;
}

/** Sessions that have not ended. */
function Sessions(props: {
  title: string;
  sessions: readonly ISession[];
  more: boolean;
  now: number;
  model: OverviewModel;
  automation: IAutomation;
}): JSX.Element | null {
  const { title, sessions, more, now, model, automation } = props;
  return sessions.length === 0 ? null : (
    <Section title={title} count={sessions.length} more={more}>
      {sessions.map(session => (
        <Running key={session.id} {...{ session, now, model, automation }} />
      ))}
    </Section>
  );
}

function Running(props: ISessionProps & { model: OverviewModel }): JSX.Element {
  const { session, now, model, automation } = props;
  const { trans, commands } = automation;
  const [busy, run] = useBusy();
  const seconds = length(session, now);
  return (
    <li data-session={session.id}>
      <StatusIcon status={session.status} trans={trans} />
      <button
        type="button"
        className="na-List-main"
        title={session.trigger ?? session.call}
        onClick={() => void commands.execute(CommandIDs.open, { page: 'session', id: session.id })}
      >
        <span className="na-List-name">{shortName(session)}</span>
        {session.status === 'waiting' || session.status === 'scheduling' ? (
          <span className="na-Dim">{laterWords(session, trans)}</span>
        ) : (
          <Progress session={session} trans={trans} />
        )}
      </button>
      <span className="na-List-side na-Dim">{seconds === null ? '' : duration(seconds)}</span>
      <IconButton
        icon={stopIcon}
        label={trans.__('Cancel %1', shortName(session))}
        disabled={busy || session.status === 'canceling'}
        onClick={() => void run(() => attempt(() => model.cancel(session, askCancel(trans))))}
      />
    </li>
  );
}

function Failed(props: {
  failure: IFailure;
  now: number;
  model: OverviewModel;
  automation: IAutomation;
}): JSX.Element {
  const { failure, now, model, automation } = props;
  const { trans, commands } = automation;
  const { newest: session, sessions } = failure;
  const [busy, run] = useBusy();
  const why = session.error
    ? `${session.error.ename}: ${session.error.evalue}`
    : (session.reason ?? '');
  return (
    <li data-session={session.id}>
      <StatusIcon status={session.status} trans={trans} />
      <button
        type="button"
        className="na-List-main"
        title={`${shortName(session)}\n${why}`}
        onClick={() => void commands.execute(CommandIDs.open, { page: 'session', id: session.id })}
      >
        <span className="na-List-name">
          {shortName(session)}
          {sessions.length > 1 && <span className="na-Count">{`× ${sessions.length}`}</span>}
        </span>
        <span className="na-Dim">{why}</span>
      </button>
      <span className="na-List-side na-Dim">
        <When at={session.finished_at ?? session.created_at} now={now} />
      </span>
      <IconButton
        icon={checkIcon}
        label={trans.__('Acknowledge: %1 is seen', shortName(session))}
        disabled={busy}
        onClick={() => void run(() => attempt(() => model.acknowledge(failure)))}
      />
    </li>
  );
}

function Trigger(props: { trigger: ITrigger; now: number; automation: IAutomation }): JSX.Element {
  const { trigger, now, automation } = props;
  const { trans, commands } = automation;
  const [busy, run] = useBusy();
  return (
    <li data-trigger={trigger.ref} data-enabled={trigger.enabled}>
      <TypeIcon type={trigger.type} label={typeLabel(trigger.type, trans)} />
      <button
        type="button"
        className="na-List-main"
        title={[trigger.ref, problemText(trigger)].filter(Boolean).join('\n')}
        onClick={() => void commands.execute(CommandIDs.open, { page: 'triggers', id: trigger.id })}
      >
        <span className="na-List-name">{trigger.name}</span>
        {trigger.problems.length > 0 && (
          <span className="na-Problem">{trans.__('cannot run')}</span>
        )}
        <span className="na-Dim">
          {!trigger.enabled ? (
            trans.__('disabled')
          ) : trigger.next_fire ? (
            <When at={trigger.next_fire} now={now} />
          ) : (
            typeLabel(trigger.type, trans)
          )}
        </span>
      </button>
      <Sparkline recent={trigger.recent} trans={trans} />
      <IconButton
        icon={runIcon}
        label={trans.__('Run %1 now', trigger.name)}
        disabled={busy || !callText(trigger)}
        onClick={() => void run(() => commands.execute(CommandIDs.runTrigger, { id: trigger.id }))}
      />
    </li>
  );
}

function Start({ automation }: { automation: IAutomation }): JSX.Element {
  const { trans } = automation;
  return (
    <div className="na-Empty">
      <p className="na-Empty-title">{trans.__('Nothing is automated yet')}</p>
      <p>{trans.__('Open a notebook and press “Automate”, or run these lines in a cell:')}</p>
      <CopyLine text="%load_ext notebook_automation" label={trans.__('first line')} trans={trans} />
      <CopyLine
        text='%trigger nightly --cron "0 6 * * *"'
        label={trans.__('second line')}
        trans={trans}
      />
    </div>
  );
}
