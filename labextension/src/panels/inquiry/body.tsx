/** What an inquiry's page shows: what is asked, the form, who answers, the notebook so far, and what happened. */
import * as React from 'react';

import { Banner, Trouble } from '../../parts/controls';
import { useChanged, useNow } from '../../parts/hooks';
import { Prose } from '../../parts/prose';
import { Tabs } from '../../parts/tabs';
import { CommandIDs, IAutomation } from '../../tokens';
import { outcomeWords, promptBelow } from '../inquiries/words';
import { IBodyProps } from '../widget';
import { Answer } from './answer';
import { Head } from './head';
import { History } from './history';
import { InquiryModel } from './model';
import { Notebook } from './notebook';
import { Outcome } from './outcome';
import { Shown, seen } from './shown';
import { Stages } from './stages';

/** How often times are said anew, in milliseconds. */
const PACE = 20000;

export default function InquiryBody({ model, automation }: IBodyProps<InquiryModel>): JSX.Element {
  const { trans, rendermime, client } = automation;
  useChanged(model);
  const now = useNow(PACE);
  const [problem, setProblem] = React.useState('');
  const [answered, setAnswered] = React.useState(0);
  const news = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    if (answered > 0 || problem) {
      // What comes next is one key away.
      (news.current?.querySelector('button') ?? news.current)?.focus();
    }
  }, [answered, problem]);
  const { inquiry } = model;
  if (!inquiry) {
    return (
      <div className="na-Page">
        <Trouble model={model} trans={trans} />
      </div>
    );
  }
  const prompt = promptBelow(inquiry);
  const isPending = inquiry.status === 'pending';
  return (
    <div className="na-Page na-Inquiry" data-inquiry={inquiry.id} data-status={inquiry.status}>
      <Head inquiry={inquiry} now={now} model={model} automation={automation} />
      <Trouble model={model} trans={trans} />
      <div className="na-Inquiry-news" ref={news} tabIndex={-1}>
        {problem && <Banner tone="bad">{problem}</Banner>}
        {answered > 0 && <Answered model={model} automation={automation} />}
      </div>
      {!isPending && <Outcome inquiry={inquiry} now={now} automation={automation} />}
      <div className="na-Inquiry-columns">
        <div className="na-Inquiry-asked">
          {prompt && (
            <section aria-label={trans.__('What is asked')}>
              <Prose text={prompt} rendermime={rendermime} />
            </section>
          )}
          {seen(inquiry).length > 0 && (
            <Shown inquiry={inquiry} client={client} automation={automation} />
          )}
        </div>
        <aside className="na-Inquiry-side" aria-label={trans.__('Answer')}>
          {isPending && (
            <Answer
              key={inquiry.stage}
              inquiry={inquiry}
              model={model}
              automation={automation}
              onAnswered={() => {
                setProblem('');
                setAnswered(count => count + 1);
              }}
              onProblem={setProblem}
            />
          )}
          <Stages inquiry={inquiry} now={now} automation={automation} />
        </aside>
        <div className="na-Inquiry-more">
          <Tabs
            label={trans.__('About this inquiry')}
            tabs={[
              {
                id: 'notebook',
                label: trans.__('Notebook so far'),
                body: () => <Notebook model={model} now={now} automation={automation} />
              },
              {
                id: 'history',
                label: trans.__('History'),
                count: model.log.length,
                body: () => <History entries={model.log} trans={trans} />
              }
            ]}
          />
        </div>
      </div>
    </div>
  );
}

/** Says that an answer has been taken, and leads to the next inquiry. */
function Answered(props: { model: InquiryModel; automation: IAutomation }): JSX.Element {
  const { model, automation } = props;
  const { trans, commands } = automation;
  const { inquiry, next } = model;
  const outcome = inquiry && outcomeWords(inquiry, trans);
  return (
    <Banner tone="info">
      {outcome
        ? trans.__('Your answer is recorded: %1.', outcome)
        : trans.__('Your answer is recorded. Others still have to answer.')}{' '}
      {next && (
        <button
          type="button"
          className="na-Link"
          onClick={() => void commands.execute(CommandIDs.open, { page: 'inquiry', id: next.id })}
        >
          {trans.__('Next: %1', next.title)}
        </button>
      )}
    </Banner>
  );
}
