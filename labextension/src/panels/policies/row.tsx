/** One policy's row: what it limits, how many run and wait; and beneath it those that wait, in their order. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { deleteIcon, editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IProjectPolicy, IQueuedSession } from '../../api/policies';
import { attempt } from '../../parts/attempt';
import { IconButton } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { MainCell, Row, Unfold } from '../../parts/rows';
import { SessionLink } from '../../parts/session-link';
import { Cell } from '../../parts/table';
import { When } from '../../parts/when';
import { IAutomation } from '../../tokens';
import { limitWords } from '../triggers/facts';
import { IBodyProps } from '../widget';
import { PoliciesModel } from './model';

export function PolicyRow(
  props: IBodyProps<PoliciesModel> & { policy: IProjectPolicy; now: number; onEdit: () => void }
): JSX.Element {
  const { model, automation, policy, now, onEdit } = props;
  const { trans } = automation;
  const { name, call, queue } = policy;
  const [busy, run] = useBusy();
  const open = model.isOpen(policy);
  const toggle = (): void => void attempt(() => model.toggle(policy));
  const remove = async (): Promise<void> => {
    const answer = await showDialog({
      title: trans.__('Delete the policy %1?', name),
      body: trans.__('What waits for it alone runs.'),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })],
      defaultButton: 0
    });
    if (answer.button.accept) {
      await attempt(() => model.remove(policy));
    }
  };
  return (
    <Row
      data={{ policy: name, open }}
      lead={<Unfold open={open} name={name} onToggle={toggle} trans={trans} />}
      beneath={
        open && <Queue policy={policy} queue={model.queue} now={now} automation={automation} />
      }
    >
      <MainCell
        name={name}
        more={`${call ?? trans.__('All sessions')}: ${limitWords(policy.policy, trans)}`}
        onClick={toggle}
      />
      <Cell className="na-Policies-count">{queue.taken}</Cell>
      <Cell className="na-Policies-count">{queue.waiting}</Cell>
      <Cell className="na-Rows-actions">
        <IconButton icon={editIcon} label={trans.__('Change %1', name)} onClick={onEdit} />
        <IconButton
          icon={deleteIcon}
          label={trans.__('Delete %1', name)}
          danger
          disabled={busy}
          onClick={() => void run(remove)}
        />
      </Cell>
    </Row>
  );
}

function Queue(props: {
  policy: IProjectPolicy;
  queue: readonly IQueuedSession[] | null;
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { policy, queue, now, automation } = props;
  const { trans } = automation;
  if (queue === null) {
    return <p className="na-Detail na-Dim">{trans.__('Loading…')}</p>;
  }
  if (queue.length === 0) {
    return <p className="na-Detail na-Dim">{trans.__('Nothing waits for it.')}</p>;
  }
  const more = policy.queue.waiting - queue.length;
  return (
    <div className="na-Detail">
      <ul className="na-Policies-queue" aria-label={trans.__('What waits for %1', policy.name)}>
        {queue.map(one => (
          <li key={one.session_id} data-session={one.session_id}>
            <span>
              {trans.__('number %1', one.position)}{' '}
              <SessionLink id={one.session_id} automation={automation}>
                {one.trigger ?? one.call}
              </SessionLink>{' '}
              <span className="na-Dim">
                <When at={one.created_at} now={now} />
              </span>
            </span>
            <span className="na-Dim">{one.reason}</span>
          </li>
        ))}
      </ul>
      {more > 0 && <p className="na-Dim">{trans._n('and one more', 'and %1 more', more)}</p>}
    </div>
  );
}
