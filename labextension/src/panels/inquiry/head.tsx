/** An inquiry in a few lines: what it is about, who asks, until when, and what else can be done with it. */
import * as React from 'react';

import { IInquiry } from '../../api/inquiries';
import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { moment, precise } from '../../parts/times';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { InquiryChip } from '../inquiries/chip';
import { limitWords } from '../inquiries/words';
import { askFields } from './ask';
import { showLink } from './link';
import { InquiryModel } from './model';

export function Head(props: {
  inquiry: IInquiry;
  now: number;
  model: InquiryModel;
  automation: IAutomation;
}): JSX.Element {
  const { inquiry, now, model, automation } = props;
  const { trans, commands } = automation;
  const limit = limitWords(inquiry, trans);
  const { session_id, next_reminder_at, cell_index } = inquiry;
  return (
    <div className="na-Session-head">
      <div className="na-Session-title">
        <h1>{inquiry.title}</h1>
        <InquiryChip inquiry={inquiry} trans={trans} />
      </div>
      <p className="na-Session-line">
        <code>{[inquiry.project, inquiry.notebook].filter(Boolean).join('/')}</code>
        {inquiry.trigger && <span>{inquiry.trigger}</span>}
        {cell_index >= 0 && <span>{trans.__('asked in its cell %1', cell_index + 1)}</span>}
        <span>
          <When at={inquiry.created_at} now={now} />
          {inquiry.requester && !inquiry.requester_note
            ? ` ${trans.__('for %1', inquiry.requester)}`
            : ''}
        </span>
        {limit && <span title={precise(inquiry.timeout_at!)}>{limit}</span>}
        {next_reminder_at && inquiry.status === 'pending' && (
          <span>{trans.__('next reminder at %1', moment(next_reminder_at))}</span>
        )}
        {session_id ? (
          <button
            type="button"
            className="na-Link"
            onClick={() =>
              void commands.execute(CommandIDs.open, { page: 'session', id: session_id })
            }
          >
            {trans.__('its session')}
          </button>
        ) : (
          <span>{trans.__('its session is deleted')}</span>
        )}
        <span className="na-Dim na-Mono">{inquiry.id}</span>
      </p>
      {inquiry.requester_note && (
        <p className="na-Inquiry-requester" role="note">
          {inquiry.requester_note}
        </p>
      )}
      {inquiry.status === 'pending' && (
        <Actions inquiry={inquiry} model={model} automation={automation} />
      )}
    </div>
  );
}

/** What can be done with a pending one besides answering it. */
function Actions(props: {
  inquiry: IInquiry;
  model: InquiryModel;
  automation: IAutomation;
}): JSX.Element {
  const { inquiry, model, automation } = props;
  const { trans } = automation;
  const [busy, run] = useBusy();
  const comment = { name: 'comment', label: trans.__('Comment'), long: true };
  // A button that is disabled loses the focus, to which the dialog returns.
  const perform = (action: () => Promise<void>) => () => {
    if (!busy) {
      void run(() => attempt(action));
    }
  };
  const delegate = async (): Promise<void> => {
    const to = { name: 'to', label: trans.__('Who answers instead'), required: true };
    const asked = { title: trans.__('Delegate'), fields: [to, comment], ok: trans.__('Delegate') };
    const given = await askFields(asked, trans);
    if (given) {
      await model.delegate(given.to, given.comment);
    }
  };
  const sendBack = async (): Promise<void> => {
    const question = { name: 'question', label: trans.__('Question'), long: true, required: true };
    const to = {
      name: 'to',
      label: trans.__('To (a person)'),
      help: trans.__('Without a person it goes to the notebook that asks, and this inquiry ends.')
    };
    const ok = trans.__('Send back');
    const given = await askFields({ title: ok, fields: [question, to], ok }, trans);
    if (given) {
      await model.sendBack(given.question, given.to);
    }
  };
  const reply = async (): Promise<void> => {
    const ok = trans.__('Reply');
    const field = { ...comment, label: trans.__('Reply'), required: true };
    const given = await askFields({ title: ok, fields: [field], ok }, trans);
    if (given) {
      await model.reply(given.comment);
    }
  };
  const withdraw = async (): Promise<void> => {
    const reason = { name: 'reason', label: trans.__('Reason'), long: true };
    const asked = {
      title: trans.__('Withdraw this inquiry?'),
      fields: [reason],
      ok: trans.__('Withdraw'),
      warn: true
    };
    const given = await askFields(asked, trans);
    if (given) {
      await model.withdraw(given.reason);
    }
  };
  const wasAsked = model.log.some(({ what }) => what === 'sent_back');
  return (
    <div className="na-Actions">
      {inquiry.may_answer && (
        <>
          <Button onClick={perform(delegate)}>{trans.__('Delegate…')}</Button>
          <Button onClick={perform(sendBack)}>{trans.__('Send back…')}</Button>
          <Button
            title={trans.__('A link by which you answer elsewhere, without signing in')}
            onClick={perform(async () => showLink(await model.makeLink(), trans))}
          >
            {trans.__('Make a link…')}
          </Button>
        </>
      )}
      {wasAsked && <Button onClick={perform(reply)}>{trans.__('Reply…')}</Button>}
      <Button warn onClick={perform(withdraw)}>
        {trans.__('Withdraw…')}
      </Button>
    </div>
  );
}
