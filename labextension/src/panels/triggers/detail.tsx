/** Everything about one trigger, beneath its row. */
import * as React from 'react';

import { ITrigger } from '../../api/triggers';
import { Button, Facts } from '../../parts/controls';
import { precise } from '../../parts/times';
import { When } from '../../parts/when';
import { Why } from '../../parts/why';
import { CommandIDs, IAutomation } from '../../tokens';
import { facts } from './facts';
import { NextFires } from './next-fires';
import { Notices } from './notices';
import { Rules } from './rules';

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
        {trigger.schedule && <Button onClick={open('backfill')}>{trans.__('Its times')}</Button>}
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
