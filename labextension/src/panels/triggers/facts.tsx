/** All that a trigger is set to, name by name. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { toJson } from '../../api/json';
import { ITrigger, callText } from '../../api/triggers';
import { CopyLine } from '../../parts/copy-line';
import { environmentLines, memoryText } from '../../parts/environment';
import { bytes, duration } from '../../parts/times';
import { CommandIDs, IAutomation } from '../../tokens';
import { linesOf } from '../notifications/rules';
import { reportWords } from './report';
import { collectingWords } from './rules';

export function facts(props: {
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
    [trans.__('Is to be fresh'), trigger.freshness && freshnessWords(trigger.freshness, trans)],
    [trans.__('Limited to'), trigger.policy && <Limit {...props} />],
    [trans.__('Priority'), trigger.priority || null],
    [trans.__('Report'), trigger.report && reportWords(trigger.report, trans)],
    [trans.__('Keeps artifacts'), trigger.keep],
    [trans.__('Tags'), trigger.tags.join(', ')],
    [trans.__('Leaves out cells tagged'), trigger.skip_tags.join(', ')],
    [trans.__('Kernel'), trigger.kernel_name],
    [trans.__('Environment'), environmentLines(trigger.env)],
    [trans.__('Memory'), memoryText(trigger.memory)],
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

/** A limit, and what becomes of those that are beyond it. */
export function limitWords(
  { text, method, cancels }: NonNullable<ITrigger['policy']>,
  trans: TranslationBundle
): string {
  const others =
    method === 'enqueue'
      ? trans.__('the others wait')
      : cancels === 'running'
        ? trans.__('a newer one cancels the oldest')
        : trans.__('the others are cancelled');
  return trans.__('%1; %2', text, others);
}

/** How many of its sessions may run, what becomes of the others, and how many wait now. */
function Limit(props: { trigger: ITrigger; automation: IAutomation }): JSX.Element | null {
  const { trans, commands } = props.automation;
  const { policy, queue, ref } = props.trigger;
  if (!policy) {
    return null;
  }
  const waiting = queue?.waiting ?? 0;
  return (
    <span>
      {limitWords(policy, trans)}
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

/** "a success within 26 h; at most 3 times as slow as usual". */
function freshnessWords(
  { within, slower_than }: NonNullable<ITrigger['freshness']>,
  trans: TranslationBundle
): string {
  return [
    within !== null && trans.__('a success within %1', duration(within)),
    slower_than !== null && trans.__('at most %1 times as slow as usual', slower_than)
  ]
    .filter(Boolean)
    .join('; ');
}
