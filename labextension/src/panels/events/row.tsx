/** One event's row: where it came from, what came of it, and its details beneath. */
import { Notification } from '@jupyterlab/apputils';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IEvent } from '../../api/events';
import { attempt } from '../../parts/attempt';
import { Button, IconButton } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { bookmarkIcon, bookmarkedIcon } from '../../parts/icons';
import { Cell } from '../../parts/table';
import { When } from '../../parts/when';
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
  const { trans, commands } = automation;
  const open = model.isOpen(event);
  const name = event.trigger ?? event.type;
  const [session, ...others] = event.session_ids;
  const toggle = (): void => void attempt(() => model.toggle(event));
  return (
    <tbody role="rowgroup" data-event={event.id} data-ran={Boolean(session)} data-open={open}>
      <tr role="row" className="na-Rows-line">
        <Cell className="na-Rows-lead">
          <Select model={model} item={event} name={`${name} ${event.id}`} trans={trans} />
          <IconButton
            icon={open ? caretDownIcon : caretRightIcon}
            label={open ? trans.__('Hide details') : trans.__('Show details')}
            expanded={open}
            onClick={toggle}
          />
        </Cell>
        <Cell className="na-Rows-type">
          <SourceIcon source={event.source} label={sourceLabel(event.source, trans)} />
        </Cell>
        <Cell>
          <button type="button" className="na-Rows-main" title={name} onClick={toggle}>
            <strong>{name}</strong>
            <span className="na-Dim">
              {[sourceLabel(event.source, trans), event.type].join(' · ')}
            </span>
          </button>
        </Cell>
        <Cell className="na-Events-outcome" title={event.reason ?? ''}>
          {session ? (
            <button
              type="button"
              className="na-Link"
              onClick={() =>
                void commands.execute(CommandIDs.open, { page: 'session', id: session })
              }
            >
              {others.length > 0
                ? trans.__('ran %1 sessions', event.session_ids.length)
                : trans.__('ran its session')}
            </button>
          ) : (
            <span className="na-Dim">{event.reason}</span>
          )}
        </Cell>
        <Cell className="na-Rows-when na-Dim">
          <When at={event.received_at} now={now} />
        </Cell>
      </tr>
      {open && (
        <tr role="row">
          <Cell wide>
            <Opened {...props} />
          </Cell>
        </tr>
      )}
    </tbody>
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
