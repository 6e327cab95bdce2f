/** What a session asks people while it waits, with the way to answer. */
import * as React from 'react';

import { IInquiry } from '../../api/inquiries';
import { Button } from '../../parts/controls';
import { handIcon } from '../../parts/icons';
import { CommandIDs, IAutomation } from '../../tokens';
import { limitWords, waitsFor } from '../inquiries/words';

export function Asks(props: {
  inquiries: readonly IInquiry[];
  automation: IAutomation;
}): JSX.Element {
  const { inquiries, automation } = props;
  const { trans } = automation;
  return (
    <section className="na-Asks" aria-label={trans.__('What it asks')}>
      <ul>
        {inquiries.map(inquiry => (
          <li key={inquiry.id} data-inquiry={inquiry.id}>
            <handIcon.react tag="span" className="na-TypeIcon" />
            <div>
              <strong>{inquiry.title}</strong>
              <span className="na-Dim">
                {[trans.__('waits for %1', waitsFor(inquiry, trans)), limitWords(inquiry, trans)]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </div>
            <Button accept={inquiry.may_answer} onClick={() => openInquiry(inquiry, automation)}>
              {inquiry.may_answer ? trans.__('Answer') : trans.__('See it')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A link from the cell that waits. */
export function AskMark(props: { inquiry: IInquiry; automation: IAutomation }): JSX.Element {
  const { inquiry, automation } = props;
  const label = automation.trans.__('It waits here for an answer: %1', inquiry.title);
  return (
    <button
      type="button"
      className="na-IconButton"
      aria-label={label}
      title={label}
      onClick={() => openInquiry(inquiry, automation)}
    >
      <handIcon.react tag="span" />
    </button>
  );
}

function openInquiry({ id }: IInquiry, { commands }: IAutomation): void {
  void commands.execute(CommandIDs.open, { page: 'inquiry', id });
}
