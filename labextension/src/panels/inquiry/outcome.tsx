/** How an inquiry ended: what the session was told, by whom, and what was changed of what was proposed. */
import * as React from 'react';

import { IEdit, IInquiry } from '../../api/inquiries';
import { asWords } from '../../forms/schema';
import { Banner, Json } from '../../parts/controls';
import { When } from '../../parts/when';
import { IAutomation } from '../../tokens';
import { outcomeWords } from '../inquiries/words';

export function Outcome(props: {
  inquiry: IInquiry;
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { inquiry, now, automation } = props;
  const { trans } = automation;
  const { response, responded_at, ended_reason } = inquiry;
  const value = response?.value;
  const isGood = inquiry.status === 'responded' && response?.approved !== false;
  const hasValue = value !== null && value !== undefined;
  return (
    <section aria-label={trans.__('What came of it')}>
      <Banner tone={isGood ? 'info' : 'warn'}>
        <strong>{outcomeWords(inquiry, trans)}</strong>{' '}
        {responded_at && (
          <span className="na-Dim">
            <When at={responded_at} now={now} />
          </span>
        )}
        {ended_reason && <p>{ended_reason}</p>}
        {response?.question && <p>{trans.__('Question: %1', response.question)}</p>}
        {response?.comment && <p className="na-Inquiry-comment">{response.comment}</p>}
        {hasValue && typeof value !== 'object' && <p>{trans.__('Answer: %1', asWords(value))}</p>}
      </Banner>
      {hasValue && typeof value === 'object' && <Json value={value} label={trans.__('Answer')} />}
    </section>
  );
}

/** What was changed: before and after, by its path. */
export function Edits(props: {
  edits: readonly IEdit[];
  trans: IAutomation['trans'];
}): JSX.Element {
  const { edits, trans } = props;
  return (
    <ul className="na-Edits" aria-label={trans.__('Changed values')}>
      {edits.map(({ path, before, after }) => (
        <li key={path}>
          <code>{path.replace(/^\//, '') || trans.__('value')}</code> <del>{asWords(before)}</del>{' '}
          <ins>{asWords(after)}</ins>
        </li>
      ))}
    </ul>
  );
}
