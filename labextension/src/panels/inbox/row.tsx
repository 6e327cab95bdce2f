/** One delivery's row: who sent it, what became of it, and all that came beneath. */
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IDelivery } from '../../api/inbox';
import { attempt } from '../../parts/attempt';
import { IconButton } from '../../parts/controls';
import { bookmarkIcon, bookmarkedIcon } from '../../parts/icons';
import { Cell } from '../../parts/table';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { Select } from '../list/fields';
import { DeliveryChip } from './chip';
import { DeliveryDetail } from './detail';
import { InboxModel } from './model';
import { senderOf } from './words';

interface IRowProps {
  delivery: IDelivery;
  now: number;
  model: InboxModel;
  automation: IAutomation;
}

export function DeliveryRow(props: IRowProps): JSX.Element {
  const { delivery, now, model, automation } = props;
  const { trans, commands } = automation;
  const open = model.isOpen(delivery);
  const name = senderOf(delivery);
  const kept = delivery.bookmarked_at !== null;
  const [session, ...others] = delivery.session_ids;
  const toggle = (): void => void attempt(() => model.toggle(delivery));
  return (
    <tbody
      role="rowgroup"
      data-event={delivery.id}
      data-status={delivery.status}
      data-kept={kept}
      data-open={open}
    >
      <tr role="row" className="na-Rows-line">
        <Cell className="na-Rows-lead">
          <Select model={model} item={delivery} name={`${name} ${delivery.id}`} trans={trans} />
          <IconButton
            icon={open ? caretDownIcon : caretRightIcon}
            label={open ? trans.__('Hide details') : trans.__('Show details')}
            expanded={open}
            onClick={toggle}
          />
          <IconButton
            icon={kept ? bookmarkedIcon : bookmarkIcon}
            label={trans.__('Bookmark')}
            pressed={kept}
            onClick={() => void attempt(() => model.bookmark(delivery, !kept))}
          />
        </Cell>
        <Cell>
          <DeliveryChip status={delivery.status} trans={trans} />
        </Cell>
        <Cell>
          <button type="button" className="na-Rows-main" title={name} onClick={toggle}>
            <strong>{name}</strong>
            <span className="na-Dim">
              {delivery.source ? delivery.method : trans.__('Trigger · %1', delivery.method)}
            </span>
          </button>
        </Cell>
        <Cell className="na-Inbox-type" title={delivery.event_type}>
          <code>{delivery.event_type}</code>
        </Cell>
        <Cell className="na-Events-outcome" title={delivery.reason ?? ''}>
          {session ? (
            <button
              type="button"
              className="na-Link"
              onClick={() =>
                void commands.execute(CommandIDs.open, { page: 'session', id: session })
              }
            >
              {others.length > 0
                ? trans.__('ran %1 sessions', delivery.session_ids.length)
                : trans.__('ran its session')}
            </button>
          ) : (
            <span className="na-Dim">{delivery.reason}</span>
          )}
        </Cell>
        <Cell className="na-Rows-when na-Dim">
          <When at={delivery.received_at} now={now} />
        </Cell>
      </tr>
      {open && (
        <tr role="row">
          <Cell wide>
            {model.detail ? (
              <DeliveryDetail delivery={model.detail} model={model} automation={automation} />
            ) : (
              <p className="na-Detail na-Dim">{trans.__('Loading…')}</p>
            )}
          </Cell>
        </tr>
      )}
    </tbody>
  );
}
