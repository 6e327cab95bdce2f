/** Where an event is replayed to: a trigger, a program on the server's machine, the open notebook. */
import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';

import { replayEvent } from '../../api/events';
import { ILocalAnswer, sendEvent } from '../../api/inbox';
import { messageOf } from '../../api/request';
import { listTriggerRefs } from '../../api/triggers';
import { SelectField, TextField } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import { Banner, Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { CommandIDs, IAutomation } from '../../tokens';

/** A trigger's reference, or one of these. */
export const TO_URL = ':url';
export const TO_NOTEBOOK = ':notebook';

/** The triggers that can get an event; `own` is the one that got it. */
export function useTriggers(automation: IAutomation, own: string | null): readonly string[] {
  const [refs, setRefs] = React.useState<readonly string[]>(own ? [own] : []);
  React.useEffect(() => {
    let gone = false;
    void attempt(() => listTriggerRefs(automation.client)).then(found => {
      if (found && !gone) {
        setRefs(own && !found.includes(own) ? [own, ...found] : found);
      }
    });
    return () => {
      gone = true;
    };
  }, [automation, own]);
  return refs;
}

interface IReplayProps {
  id: string;
  /** `project/name` of the trigger that got the event; null where none did. */
  trigger: string | null;
  automation: IAutomation;
}

export function ReplayFields({ id, trigger, automation }: IReplayProps): JSX.Element {
  const { trans, commands } = automation;
  const refs = useTriggers(automation, trigger);
  const notebook = commands.isEnabled(CommandIDs.replayHere);
  const [chosen, setChosen] = React.useState<string | null>(null);
  const [url, setUrl] = React.useState('http://localhost:8000/');
  const [answer, setAnswer] = React.useState<ILocalAnswer | string | null>(null);
  const [busy, run] = useBusy();
  const to = chosen ?? trigger ?? (notebook ? TO_NOTEBOOK : (refs[0] ?? TO_URL));
  const replay = async (): Promise<void> => {
    setAnswer(null);
    if (to === TO_NOTEBOOK) {
      await attempt(() => commands.execute(CommandIDs.replayHere, { id }));
    } else if (to === TO_URL) {
      setAnswer(await sendEvent(automation.client, id, url.trim()).catch(messageOf));
    } else {
      await attempt(() => toTrigger(id, to, automation));
    }
  };
  return (
    <form
      className="na-Fields na-mod-row na-Replay"
      aria-label={trans.__('Replay')}
      onSubmit={event => {
        event.preventDefault();
        void run(replay);
      }}
    >
      <SelectField
        label={trans.__('Replay to')}
        value={to}
        options={[
          ...refs.map(ref => [ref, ref] as const),
          ...(notebook ? [[TO_NOTEBOOK, commands.label(CommandIDs.replayHere)] as const] : []),
          [TO_URL, trans.__('A program on the server’s machine')]
        ]}
        onChange={setChosen}
      />
      {to === TO_URL && (
        <TextField
          label={trans.__('Its address')}
          value={url}
          code
          help={trans.__('localhost or 127.0.0.1 alone')}
          onChange={setUrl}
        />
      )}
      <div className="na-Actions">
        <Button submit disabled={busy}>
          {trans.__('Replay')}
        </Button>
      </div>
      {answer !== null && <Answer answer={answer} automation={automation} />}
    </form>
  );
}

/** Let a trigger have the event again, and say what it ran. */
export async function toTrigger(
  id: string,
  ref: string,
  { client, commands, trans }: IAutomation
): Promise<void> {
  const { session_ids, event_id } = await replayEvent(client, id, ref);
  const [session] = session_ids;
  const target = session ? { page: 'session', id: session } : { page: 'events', id: event_id };
  Notification.success(
    session ? trans.__('%1 got it, and runs', ref) : trans.__('%1 got it, and ran nothing', ref),
    {
      autoClose: 6000,
      actions: [
        {
          label: session ? trans.__('Open session') : trans.__('Show why'),
          callback: () => void commands.execute(CommandIDs.open, target)
        }
      ]
    }
  );
}

function Answer(props: { answer: ILocalAnswer | string; automation: IAutomation }): JSX.Element {
  const { answer, automation } = props;
  const { trans } = automation;
  if (typeof answer === 'string') {
    return <Banner tone="bad">{answer}</Banner>;
  }
  const { status, seconds, headers, body, cut } = answer;
  return (
    <section className="na-Replay-answer" aria-label={trans.__('Answer')} aria-live="polite">
      <p>
        <strong>{status}</strong>{' '}
        <span className="na-Dim">
          {[
            trans.__('after %1 s', seconds.toFixed(2)),
            headers['content-type'],
            cut ? trans.__('its beginning') : ''
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </p>
      {body && (
        <pre className="na-Json" tabIndex={0} aria-label={trans.__('Body of the answer')}>
          {body}
        </pre>
      )}
    </section>
  );
}
