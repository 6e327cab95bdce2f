/** The stages of an inquiry: who may answer, who has, and at which it is. */
import { checkIcon, circleEmptyIcon, errorIcon, pauseIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IEdit, IInquiry, IStage, IStageAnswer } from '../../api/inquiries';
import { asWords } from '../../forms/schema';
import { When } from '../../parts/when';
import { IAutomation } from '../../tokens';
import { stageWords, whoWords } from '../inquiries/words';
import { Edits } from './outcome';

interface IStagesProps {
  inquiry: IInquiry;
  now: number;
  automation: IAutomation;
}

export function Stages(props: IStagesProps): JSX.Element {
  const { inquiry, automation } = props;
  const { trans } = automation;
  const { stages, exclude, requester, allow_requester } = inquiry;
  const barred = [
    ...exclude.map(name => whoWords([name], trans)),
    ...(requester && !allow_requester ? [trans.__('%1 (started it)', requester)] : [])
  ];
  return (
    <section className="na-Stages" aria-label={trans.__('Who answers')}>
      <h2>{trans.__('Who answers')}</h2>
      <ol>
        {stages.map((stage, index) => (
          <Stage key={index} {...props} stage={stage} index={index} />
        ))}
      </ol>
      {barred.length > 0 && (
        <p className="na-Dim na-Small">{trans.__('May not answer: %1', barred.join(', '))}</p>
      )}
    </section>
  );
}

function Stage(props: IStagesProps & { stage: IStage; index: number }): JSX.Element {
  const { inquiry, stage, index, now, automation } = props;
  const { trans } = automation;
  const isNow = inquiry.status === 'pending' && index === inquiry.stage;
  const passedOn = inquiry.delegations.filter(given => given.stage === index);
  const isRejected = stage.answers.some(({ decision }) => decision === 'reject');
  const [Icon, tone, label] = stage.is_complete
    ? [checkIcon, 'good', trans.__('complete')]
    : isRejected
      ? [errorIcon, 'bad', trans.__('rejected')]
      : isNow
        ? [pauseIcon, 'warn', trans.__('waits now')]
        : [circleEmptyIcon, 'idle', trans.__('not reached')];
  return (
    <li aria-current={isNow ? 'step' : undefined}>
      <span className={`na-StatusIcon na-mod-${tone}`} role="img" aria-label={label} title={label}>
        <Icon.react tag="span" className="na-Chip-icon" />
      </span>
      <div>
        <strong>{stageWords(stage, trans)}</strong>
        {stage.approvals > 1 && !isRejected && (
          <span className="na-Dim">
            {' '}
            {trans.__('%1 of %2 so far', stage.answers.length, stage.approvals)}
          </span>
        )}
        <ul>
          {stage.answers.map(answer => (
            <Given key={answer.person} answer={answer} now={now} automation={automation} />
          ))}
          {passedOn.map(({ giver, taker, comment, is_question }, number) => (
            <li key={number} className="na-Dim">
              {is_question
                ? trans.__('%1 asked %2', giver, taker)
                : trans.__('%1 gave it to %2', giver, taker)}
              {comment && <p className="na-Inquiry-comment">{comment}</p>}
            </li>
          ))}
        </ul>
      </div>
    </li>
  );
}

function Given(props: { answer: IStageAnswer; now: number; automation: IAutomation }): JSX.Element {
  const { answer, now, automation } = props;
  const { trans } = automation;
  const { person, by, decision, value, comment, edits } = answer;
  const who = by && by !== person ? trans.__('%1 for %2', by, person) : person;
  const said =
    decision === 'approve'
      ? trans.__('%1 approved', who)
      : decision === 'reject'
        ? trans.__('%1 rejected', who)
        : trans.__('%1: %2', who, asWords(value));
  return (
    <li>
      {said}{' '}
      <span className="na-Dim">
        <When at={answer.at} now={now} />
        {answer.channel && ` · ${answer.channel}`}
      </span>
      {comment && <p className="na-Inquiry-comment">{comment}</p>}
      {edits.length > 0 && <Edits edits={edits as unknown as IEdit[]} trans={trans} />}
    </li>
  );
}
