/** One event's row: where it came from, what came of it, and its details beneath. */
import { Notification } from '@jupyterlab/apputils';
import * as React from 'react';

import { IEvent } from '../../api/events';
import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { bookmarkIcon, bookmarkedIcon } from '../../parts/icons';
import { MainCell, Row, Unfold, WhenCell } from '../../parts/rows';
import { OutcomeCell } from '../../parts/session-link';
import { Cell } from '../../parts/table';
import { CommandIDs, IAutomation } from '../../tokens';
import { Select } from '../list/fields';
import { EventDetail } from './detail';
import { SourceIcon, sourceLabel } from './kind';
import { EventsModel } from './model';

interface IRowProps {
  event: IEvent;
  now: number;
  model: EventsModel;
  automation: IAutomation;
}

export function EventRow(props: IRowProps): JSX.Element {
  const { event, now, model, automation } = props;
  const { trans } = automation;
  const open = model.isOpen(event);
  const name = event.trigger ?? event.type;
  const toggle = (): void => void attempt(() => model.toggle(event));
  return (
    <Row
      data={{ event: event.id, ran: event.session_ids.length > 0, open }}
      lead={
        <>
          <Select model={model} item={event} name={`${name} ${event.id}`} trans={trans} />
          <Unfold open={open} onToggle={toggle} trans={trans} />
        </>
      }
      beneath={open && <Opened {...props} />}
    >
      <Cell className="na-Rows-type">
        <SourceIcon source={event.source} label={sourceLabel(event.source, trans)} />
      </Cell>
      <MainCell
        name={name}
        more={[sourceLabel(event.source, trans), event.type].join(' · ')}
        title={name}
        onClick={toggle}
      />
      <OutcomeCell of={event} automation={automation} />
      <WhenCell at={event.received_at} now={now} />
    </Row>
  );
}

function Opened({ event, now, model, automation }: IRowProps): JSX.Element {
  const { trans, commands } = automation;
  const [busy, run] = useBusy();
  const { trigger, trigger_id } = event;
  const kept = event.bookmarked_at !== null;
  const replay = async (): Promise<void> => {
    const receipt = await attempt(() => model.replay(event.id));
    if (receipt) {
      const [session] = receipt.session_ids;
      Notification.success(
        session ? trans.__('It happened again') : trans.__('It happened again, and ran nothing'),
        { autoClose: 5000 }
      );
    }
  };
  return (
    <div className="na-Detail">
      <EventDetail event={model.detail ?? event} now={now} automation={automation} />
      <div className="na-Actions">
        <Button
          disabled={busy}
          icon={kept ? bookmarkedIcon : bookmarkIcon}
          onClick={() => void run(() => attempt(() => model.bookmark(event, !kept)))}
        >
          {kept ? trans.__('Keep it no longer') : trans.__('Bookmark')}
        </Button>
        {event.source === 'webhook' && (
          <Button
            onClick={() => void commands.execute(CommandIDs.open, { page: 'inbox', id: event.id })}
          >
            {trans.__('In the inbox')}
          </Button>
        )}
        {trigger_id && (
          <>
            <Button disabled={busy} onClick={() => void run(replay)}>
              {trans.__('Let it happen again')}
            </Button>
            <Button
              onClick={() => void commands.execute(CommandIDs.open, { page: 'triggers', trigger })}
            >
              {trans.__('Its trigger')}
            </Button>
          </>
        )}
      </div>
    </div>
  );
}
