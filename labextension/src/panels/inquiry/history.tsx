/** Everything that happened to an inquiry: when, what, who, and by which way. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IEdit, IInquiryLogEntry } from '../../api/inquiries';
import { Empty } from '../../parts/controls';
import { localZone, moment, precise } from '../../parts/times';
import { detailWords, whatWords } from './log-words';
import { Edits } from './outcome';

export function History(props: {
  entries: readonly IInquiryLogEntry[];
  trans: TranslationBundle;
}): JSX.Element {
  const { entries, trans } = props;
  if (entries.length === 0) {
    return <Empty title={trans.__('Nothing happened yet')} />;
  }
  return (
    <>
      <ol className="na-History" tabIndex={0} aria-label={trans.__('History')}>
        {entries.map(entry => (
          <Entry key={entry.seq} entry={entry} trans={trans} />
        ))}
      </ol>
      <p className="na-Dim na-Small">{trans.__('Times in %1', localZone())}</p>
    </>
  );
}

function Entry(props: { entry: IInquiryLogEntry; trans: TranslationBundle }): JSX.Element {
  const { entry, trans } = props;
  const { at, what, who, channel, detail } = entry;
  const edits = Array.isArray(detail?.edits) ? (detail.edits as IEdit[]) : [];
  return (
    <li data-what={what}>
      <time dateTime={at} title={precise(at)}>
        {moment(at)}
      </time>
      <div>
        <strong>{whatWords(what, trans)}</strong>
        {who && ` ${who.startsWith('ses_') ? trans.__('by its session') : trans.__('by %1', who)}`}
        {channel && <span className="na-Dim"> · {channel}</span>}
        {detailWords(detail, trans).map(line => (
          <p key={line} className="na-Inquiry-comment">
            {line}
          </p>
        ))}
        {edits.length > 0 && <Edits edits={edits} trans={trans} />}
      </div>
    </li>
  );
}
