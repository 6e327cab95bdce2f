/** The newest backfills of a schedule: how far each is, its sessions, an end to all of it. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { ISessionGroup } from '../../api/backfills';
import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { momentIn } from '../../parts/times';
import { When } from '../../parts/when';
import { IAutomation } from '../../tokens';
import { BackfillModel } from './model';
import { progressWords } from './words';

interface IBackfillsProps {
  model: BackfillModel;
  now: number;
  automation: IAutomation;
}

export function Backfills(props: IBackfillsProps): JSX.Element | null {
  const { model } = props;
  const { trans } = props.automation;
  if (model.backfills.length === 0) {
    return null;
  }
  return (
    <section className="na-Backfill-list">
      <h2>{trans.__('Backfills')}</h2>
      <ul aria-label={trans.__('Backfills')}>
        {model.backfills.map(group => (
          <Line key={group.id} group={group} {...props} />
        ))}
      </ul>
    </section>
  );
}

function Line(props: IBackfillsProps & { group: ISessionGroup }): JSX.Element {
  const { group, model, now, automation } = props;
  const { trans } = automation;
  const words = progressWords(group, trans);
  const done = group.total === 0 ? 1 : group.over / group.total;
  const { since, until } = group.asked as { since?: string; until?: string };
  return (
    <li data-group={group.id} data-state={group.state}>
      <span>
        {since &&
          until &&
          `${momentIn(since, model.timezone)} – ${momentIn(until, model.timezone)}`}
      </span>
      <span className="na-Progress" data-status={group.state}>
        <span
          className="na-Progress-track"
          role="progressbar"
          aria-label={words}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(done * 100)}
        >
          <i style={{ width: `${done * 100}%` }} />
        </span>
        <span className="na-Progress-text">{words}</span>
      </span>
      <span className="na-Dim" title={group.reason ?? ''}>
        {stateWords(group, trans)} · {group.started_by} · <When at={group.created_at} now={now} />
      </span>
      {group.state === 'running' && (
        <Button onClick={() => void cancel(group, model, automation)}>{trans.__('Cancel')}</Button>
      )}
    </li>
  );
}

function stateWords({ state }: ISessionGroup, trans: IAutomation['trans']): string {
  const words: Record<ISessionGroup['state'], string> = {
    running: trans.__('under way'),
    canceling: trans.__('what runs is ending'),
    completed: trans.__('completed'),
    failed: trans.__('over, with failures'),
    cancelled: trans.__('cancelled')
  };
  return words[state];
}

async function cancel(
  group: ISessionGroup,
  model: BackfillModel,
  { trans }: IAutomation
): Promise<void> {
  const { button } = await showDialog({
    title: trans.__('Cancel this backfill?'),
    body: trans.__(
      'What is queued ends, and nothing more of it begins. What is to become of what runs?'
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Go on') }),
      Dialog.warnButton({ label: trans.__('Stop it'), actions: ['stop'] }),
      Dialog.okButton({ label: trans.__('Let it finish'), actions: ['finish'] })
    ]
  });
  const [running] = button.actions;
  if (running === 'stop' || running === 'finish') {
    await attempt(() => model.cancel(group, running));
  }
}
