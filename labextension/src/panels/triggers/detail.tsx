/** Everything about one trigger, beneath its row. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ITrigger, callText, updateTrigger } from '../../api/triggers';
import { attempt } from '../../parts/attempt';
import { Banner, Button, Facts } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useBusy } from '../../parts/hooks';
import { bytes, duration, localZone, momentIn, precise } from '../../parts/times';
import { When } from '../../parts/when';
import { Why } from '../../parts/why';
import { CommandIDs, IAutomation } from '../../tokens';
import { linesOf } from '../notifications/rules';
import { toJson } from '../../api/json';
import { reportWords } from './report';
import { Rules, collectingWords } from './rules';

export function TriggerDetail(props: {
  trigger: ITrigger;
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { trigger, automation } = props;
  const { trans, commands } = automation;
  const { notebook, ref } = trigger;
  const open = (page: string) => () =>
    void commands.execute(CommandIDs.open, { page, trigger: ref });
  return (
    <div className="na-Detail">
      <Notices {...props} />
      <div className="na-Detail-columns">
        <Facts items={facts(props)} />
        {trigger.next_fires.length > 0 && <NextFires {...props} />}
        {trigger.refusals.length > 0 && <Refusals {...props} />}
      </div>
      <Rules {...props} />
      <Why
        about={trigger.id}
        version={whyVersion(trigger)}
        now={props.now}
        automation={automation}
      />
      <div className="na-Actions">
        <Button onClick={open('sessions')}>{trans.__('Its sessions')}</Button>
        <Button onClick={open('events')}>{trans.__('Its events')}</Button>
        <Button onClick={open('artifacts')}>{trans.__('Its artifacts')}</Button>
        {notebook && (
          <Button onClick={() => void commands.execute(CommandIDs.openFile, { path: notebook })}>
            {trans.__('Open the notebook')}
          </Button>
        )}
      </div>
    </div>
  );
}

/** What changes when there may be another answer to why it ran, or did not. */
function whyVersion({ updated_at, recent, last_refusal, warnings }: ITrigger): string {
  const [newest] = recent;
  return [updated_at, newest?.id, newest?.status, last_refusal?.at, warnings.length].join(' ');
}

/** Why it cannot run, with what would mend it, and what else there is to know. */
export function Notices(props: { trigger: ITrigger; automation: IAutomation }): JSX.Element {
  const { trigger, automation } = props;
  const { trans, client, documents } = automation;
  const [busy, run] = useBusy();
  const unsaved = trigger.notebook !== null && documents.isUnsaved(trigger.notebook);
  const known = new Set(trigger.problems.map(problem => problem.message));
  const call = (suggestion: string): void =>
    void run(() => attempt(() => updateTrigger(client, trigger.id, { call: suggestion })));
  return (
    <>
      {trigger.problems.map(({ code, message, suggestion }) => (
        <Banner key={code + message} tone="bad">
          {message}{' '}
          {suggestion && (
            <Button disabled={busy} onClick={() => call(suggestion)}>
              {trans.__('Let it run %1', suggestion)}
            </Button>
          )}
        </Banner>
      ))}
      {unsaved && (
        <Banner tone="info">
          {trans.__(
            '%1 is open with changes that are not saved: “Run now” saves them first, all else runs the file as it was saved.',
            trigger.notebook
          )}
        </Banner>
      )}
      {trigger.warnings
        .filter(({ message }) => !known.has(message))
        .map(({ code, message }) => (
          <Banner key={code + message} tone="warn">
            {message}
          </Banner>
        ))}
    </>
  );
}

/** How far off, in milliseconds, a time is said as "in 3 days", too. */
const NEAR = 7 * 24 * 3600 * 1000;

export function NextFires(props: {
  trigger: ITrigger;
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { trigger, now, automation } = props;
  const { trans } = automation;
  const zone = trigger.schedule?.timezone ?? localZone();
  // Later than that, "in 3 days" would be a date once more, in the browser's zone.
  const near = (at: string): boolean => Date.parse(at) - now < NEAR;
  return (
    <section className="na-NextFires">
      <h2>{trans.__('Next times in %1', zone)}</h2>
      <ol>
        {trigger.next_fires.map(at => (
          <li key={at} title={precise(at)}>
            {momentIn(at, zone)} {near(at) && <When at={at} now={now} />}
          </li>
        ))}
      </ol>
    </section>
  );
}

function facts(props: {
  trigger: ITrigger;
  now: number;
  automation: IAutomation;
}): [string, React.ReactNode][] {
  const { trigger, automation } = props;
  const { trans } = automation;
  const all: [string, React.ReactNode][] = [
    [trans.__('Title'), trigger.title],
    [trans.__('Runs'), trigger.call && <code>{trigger.call}</code>],
    [trans.__('Calls'), trigger.api_call && <code>{callText(trigger)}</code>],
    [trans.__('URL'), trigger.url && <CopyLine text={trigger.url} label="URL" trans={trans} />],
    ['curl', trigger.curl && <CopyLine text={trigger.curl} label="curl" trans={trans} />],
    [trans.__('Schedule'), trigger.schedule?.description],
    [trans.__('Runs after'), trigger.after?.description.replace(/^after /, '')],
    [trans.__('Waits for'), (trigger.artifact ?? trigger.files)?.description],
    [trans.__('Cron'), trigger.schedule?.cron && <code>{trigger.schedule.cron}</code>],
    [trans.__('Event type'), trigger.event_type],
    [trans.__('Filter'), trigger.filter && <code>{trigger.filter}</code>],
    [trans.__('Parameters'), pairs(trigger.parameters, toJson)],
    [trans.__('From the event'), pairs(trigger.mapping, String)],
    [trans.__('Answers'), trigger.is_sync && answerWords(trigger, trans)],
    [trans.__('Verified'), trigger.signature && <Verified {...props} />],
    [trans.__('Kept ready'), trigger.warm && trans.__('its set-up cells have run')],
    [trans.__('Durable'), trigger.is_durable && trans.__('goes on after a crash')],
    [trans.__('Tried again'), trigger.retry && retryWords(trigger.retry, trans)],
    [trans.__('Collects'), trigger.collect && collectingWords(trigger.collect, trans)],
    [trans.__('Limited to'), trigger.policy && <Limit {...props} />],
    [trans.__('Priority'), trigger.priority || null],
    [trans.__('Report'), trigger.report && reportWords(trigger.report, trans)],
    [trans.__('Keeps artifacts'), trigger.keep],
    [trans.__('Tags'), trigger.tags.join(', ')],
    [trans.__('Leaves out cells tagged'), trigger.skip_tags.join(', ')],
    [trans.__('Largest body'), trigger.max_body && bytes(trigger.max_body)],
    [trans.__('Time limit'), trigger.time_limit && duration(trigger.time_limit)],
    [trans.__('Who hears of it'), trigger.notify && <Notified rules={trigger.notify} {...props} />],
    [
      trans.__('Sessions'),
      trans.__('%1 completed, %2 failed', trigger.success_count, trigger.failure_count)
    ]
  ];
  return all.filter(([, value]) => Boolean(value));
}

/** What the caller of a webhook gets, and how long it waits for that. */
function answerWords({ sync_time }: ITrigger, trans: TranslationBundle): string {
  return sync_time
    ? trans.__('what the notebook responds within %1', duration(sync_time))
    : trans.__('what the notebook responds');
}

/** How often it is tried again, and after how long. */
function retryWords(retry: NonNullable<ITrigger['retry']>, trans: TranslationBundle): string {
  const count = retry.max_attempts - 1;
  const words = trans._n(
    'once, after %2',
    'up to %1 times, the first after %2',
    count,
    duration(retry.base_delay)
  );
  return retry.if_lost ? trans.__('%1; also what was lost', words) : words;
}

/** How many of its sessions may run, what becomes of the others, and how many wait now. */
function Limit(props: { trigger: ITrigger; automation: IAutomation }): JSX.Element | null {
  const { trans, commands } = props.automation;
  const { policy, queue, ref } = props.trigger;
  if (!policy) {
    return null;
  }
  const others =
    policy.method === 'enqueue'
      ? trans.__('the others wait')
      : policy.cancels === 'running'
        ? trans.__('a newer one cancels the oldest')
        : trans.__('the others are cancelled');
  const waiting = queue?.waiting ?? 0;
  return (
    <span>
      {trans.__('%1; %2', policy.text, others)}
      {waiting > 0 && (
        <>
          {' '}
          <button
            type="button"
            className="na-Link"
            onClick={() =>
              void commands.execute(CommandIDs.open, {
                page: 'sessions',
                trigger: ref,
                status: 'queued'
              })
            }
          >
            {trans._n('one waits now', '%1 wait now', waiting)}
          </button>
        </>
      )}
    </span>
  );
}

/** Who hears of what. */
function Notified(props: {
  rules: NonNullable<ITrigger['notify']>;
  automation: IAutomation;
}): JSX.Element {
  const { rules, automation } = props;
  if (rules.length === 0) {
    return <span>{automation.trans.__('nobody, also not as the project says')}</span>;
  }
  return (
    <ul>
      {linesOf(rules)
        .split('\n')
        .map(line => (
          <li key={line}>
            <code>{line}</code>
          </li>
        ))}
    </ul>
  );
}

/** Who signs what it takes, and by which secrets that is checked. */
function Verified(props: { trigger: ITrigger; automation: IAutomation }): JSX.Element | null {
  const { trans } = props.automation;
  const { signature } = props.trigger;
  if (!signature) {
    return null;
  }
  const live = signature.secrets_live;
  const words =
    live === 0
      ? trans.__('no secret is set: nothing is taken')
      : trans._n('one secret live', 'two secrets live', live);
  return (
    <span>
      {signature.title} ({words}){' '}
      <span className="na-Dim">
        <code>{signature.secret}</code>
        {signature.old_secret && (
          <>
            {', '}
            <code>{signature.old_secret}</code>
          </>
        )}
      </span>
    </span>
  );
}

/** Why the newest deliveries that were not taken were refused, and when. */
function Refusals(props: { trigger: ITrigger; now: number; automation: IAutomation }): JSX.Element {
  const { trans } = props.automation;
  return (
    <section className="na-NextFires">
      <h2>{trans.__('Refused lately')}</h2>
      <ol aria-label={trans.__('Refused lately')}>
        {props.trigger.refusals.map(({ event_id, status, message, at }) => (
          <li key={event_id} title={precise(at)}>
            {status}: {message} <When at={at} now={props.now} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function pairs<T>(values: Record<string, T>, text: (value: T) => string): React.ReactNode {
  const entries = Object.entries(values);
  return (
    entries.length > 0 && (
      <span className="na-Pairs">
        {entries.map(([name, value]) => (
          <code key={name}>
            {name} = {text(value)}
          </code>
        ))}
      </span>
    )
  );
}
