/** One delivery's row: who sent it, what became of it, and all that came beneath. */
import * as React from 'react';

import { IDelivery } from '../../api/inbox';
import { attempt } from '../../parts/attempt';
import { IconButton } from '../../parts/controls';
import { bookmarkIcon, bookmarkedIcon } from '../../parts/icons';
import { MainCell, Row, Unfold, WhenCell, WordsCell } from '../../parts/rows';
import { OutcomeCell } from '../../parts/session-link';
import { Cell } from '../../parts/table';
import { IAutomation } from '../../tokens';
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
  const { trans } = automation;
  const open = model.isOpen(delivery);
  const name = senderOf(delivery);
  const kept = delivery.bookmarked_at !== null;
  const toggle = (): void => void attempt(() => model.toggle(delivery));
  return (
    <Row
      data={{ event: delivery.id, status: delivery.status, kept, open }}
      lead={
        <>
          <Select model={model} item={delivery} name={`${name} ${delivery.id}`} trans={trans} />
          <Unfold open={open} onToggle={toggle} trans={trans} />
          <IconButton
            icon={kept ? bookmarkedIcon : bookmarkIcon}
            label={trans.__('Bookmark')}
            pressed={kept}
            onClick={() => void attempt(() => model.bookmark(delivery, !kept))}
          />
        </>
      }
      beneath={
        open &&
        (model.detail ? (
          <DeliveryDetail delivery={model.detail} model={model} automation={automation} />
        ) : (
          <p className="na-Detail na-Dim">{trans.__('Loading…')}</p>
        ))
      }
    >
      <Cell>
        <DeliveryChip status={delivery.status} trans={trans} />
      </Cell>
      <MainCell
        name={name}
        more={delivery.source ? delivery.method : trans.__('Trigger · %1', delivery.method)}
        title={name}
        onClick={toggle}
      />
      <WordsCell className="na-Inbox-type" title={delivery.event_type}>
        <code>{delivery.event_type}</code>
      </WordsCell>
      <OutcomeCell of={delivery} automation={automation} />
      <WhenCell at={delivery.received_at} now={now} />
    </Row>
  );
}
