/** The steps of a durable session: which are done and are not run again, and which a person has to look at. */
import {
  checkIcon,
  circleEmptyIcon,
  errorIcon,
  runningIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IStep, StepStatus } from '../../api/steps';
import { Chip, Look } from '../../parts/chip';
import { Empty } from '../../parts/controls';
import { duration } from '../../parts/times';
import { When } from '../../parts/when';
import { resultWords } from './step-words';

export function Steps(props: {
  steps: readonly IStep[];
  /** Whether the session has ended: a step that has only begun was cut off then. */
  ended: boolean;
  now: number;
  trans: TranslationBundle;
}): JSX.Element {
  const { steps, ended, now, trans } = props;
  if (steps.length === 0) {
    return (
      <Empty title={trans.__('No steps')}>
        <p>
          {trans.__(
            'What na.step("name", function) returns is recorded here, and not done again when its cell runs again.'
          )}
        </p>
      </Empty>
    );
  }
  return (
    <table className="na-Saved-names na-Steps" aria-label={trans.__('Steps')}>
      <thead>
        <tr>
          <th>{trans.__('Cell')}</th>
          <th>{trans.__('Step')}</th>
          <th>{trans.__('Status')}</th>
          <th>{trans.__('Tries')}</th>
          <th>{trans.__('Began')}</th>
          <th>{trans.__('Took')}</th>
          <th>{trans.__('Result')}</th>
        </tr>
      </thead>
      <tbody>
        {steps.map(step => (
          <tr key={`${step.cell_index}/${step.piece}/${step.name}/${step.nth}`}>
            <td>{step.cell_number ?? '–'}</td>
            <td>
              <code>{step.name}</code>
              {step.nth > 0 && <span className="na-Dim"> #{step.nth + 1}</span>}
            </td>
            <td>
              <Status status={step.status} ended={ended} trans={trans} />
            </td>
            <td>{step.tries}</td>
            <td>
              <When at={step.started_at} now={now} />
            </td>
            <td>{step.duration === null ? '' : duration(step.duration)}</td>
            <td className="na-Steps-result">{resultWords(step, trans)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Status(props: {
  status: StepStatus;
  ended: boolean;
  trans: TranslationBundle;
}): JSX.Element {
  const { status, ended, trans } = props;
  const looks: Record<StepStatus, [...Look, string]> = {
    done: ['good', checkIcon, trans.__('Done')],
    failed: ['bad', errorIcon, trans.__('Failed')],
    uncertain: ['warn', stopIcon, trans.__('Uncertain')],
    started: ended
      ? ['warn', stopIcon, trans.__('Cut off')]
      : ['busy', runningIcon, trans.__('Running')],
    pending: ['idle', circleEmptyIcon, trans.__('To run again')]
  };
  const [tone, icon, label] = looks[status];
  return <Chip look={[tone, icon]} label={label} status={status} />;
}
