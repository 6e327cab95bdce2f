/** The card of a trigger that was just saved: its URL or next times, and what to do next. */
import { checkIcon, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ITrigger } from '../../api/triggers';
import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useBusy, useNow } from '../../parts/hooks';
import { CommandIDs, IAutomation } from '../../tokens';
import { NextFires } from '../triggers/next-fires';
import { Notices } from '../triggers/notices';
import { AutomateModel } from './model';

export function Card(props: {
  trigger: ITrigger;
  model: AutomateModel;
  automation: IAutomation;
}): JSX.Element {
  const { trigger, model, automation } = props;
  const { trans, commands } = automation;
  const now = useNow(20000);
  const [busy, run] = useBusy();
  const title = React.useRef<HTMLHeadingElement>(null);
  React.useEffect(() => title.current?.focus(), []);
  const replay = async (): Promise<void> => {
    const { session_ids, event_id } = await model.replay();
    const [session] = session_ids;
    await commands.execute(
      CommandIDs.open,
      session ? { page: 'session', id: session } : { page: 'events', id: event_id }
    );
  };
  return (
    <div className="na-Page na-Automate">
      <section className="na-Card" aria-label={trans.__('Saved trigger')}>
        <h1 ref={title} tabIndex={-1}>
          <checkIcon.react tag="span" />
          {trans.__('%1 is automated', trigger.call ?? trigger.name)}
        </h1>
        <p>
          <strong>{trigger.name}</strong>
          {trigger.schedule ? ` · ${trigger.schedule.description}` : ''}
        </p>
        {trigger.url && <CopyLine text={trigger.url} label="URL" trans={trans} />}
        {trigger.curl && <CopyLine text={trigger.curl} label="curl" trans={trans} />}
        {trigger.next_fires.length > 0 && (
          <NextFires trigger={trigger} now={now} automation={automation} />
        )}
        <Notices trigger={trigger} automation={automation} />
        <div className="na-Actions">
          <Button
            icon={runIcon}
            accept
            disabled={busy}
            onClick={() =>
              void run(() => commands.execute(CommandIDs.runTrigger, { id: trigger.id }))
            }
          >
            {trans.__('Run now')}
          </Button>
          {model.event && (
            <Button disabled={busy} onClick={() => void run(() => attempt(replay))}>
              {trans.__('Replay the event to it')}
            </Button>
          )}
          <Button
            onClick={() =>
              void commands.execute(CommandIDs.open, { page: 'triggers', id: trigger.id })
            }
          >
            {trans.__('Show the triggers')}
          </Button>
          <Button onClick={() => model.reopen()}>{trans.__('Change it')}</Button>
        </div>
      </section>
    </div>
  );
}
