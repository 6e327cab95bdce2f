/** The form's fields for what limits a run: its time, how many at once, how often it is tried again. */
import * as React from 'react';

import { TextField } from '../../forms/fields';
import { priorityHelp } from '../sessions/words';
import { IBodyProps } from '../widget';
import { AutomateModel } from './model';

const LIMITS = ['1', '3', '100/hour', '1, else cancel', '1, else cancel running'];

export function Limits({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  return (
    <>
      <TextField
        label={trans.__('Time limit (minutes)')}
        type="number"
        min={1}
        error={model.refusalOf('time_limit')}
        value={draft.timeLimit}
        onChange={timeLimit => model.update({ timeLimit })}
      />
      <TextField
        label={trans.__('At most so many runs')}
        value={draft.atMost}
        options={LIMITS}
        placeholder={trans.__('any number')}
        error={model.refusalOf('policy')}
        help={trans.__(
          'Like 3 (at once), 100/hour or 1 by region; the others wait, or: 1, else cancel; 1, else cancel running'
        )}
        onChange={atMost => model.update({ atMost })}
      />
      <TextField
        label={trans.__('Priority')}
        type="number"
        min={0}
        max={100}
        placeholder="0"
        error={model.refusalOf('priority')}
        help={priorityHelp(trans)}
        value={draft.priority}
        onChange={priority => model.update({ priority })}
      />
    </>
  );
}

export function Retries({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  return (
    <>
      <TextField
        label={trans.__('Retries')}
        type="number"
        min={0}
        max={99}
        placeholder="0"
        error={model.refusalOf('retry.max_attempts')}
        help={trans.__('How often it is tried again after it failed or took too long')}
        value={draft.retries}
        onChange={retries => model.update({ retries })}
      />
      {Number(draft.retries) > 0 && (
        <TextField
          label={trans.__('First wait (minutes)')}
          type="number"
          min={1}
          placeholder="1"
          error={model.refusalOf('retry.base_delay')}
          help={trans.__('Before the first retry; each later wait is longer')}
          value={draft.retryDelay}
          onChange={retryDelay => model.update({ retryDelay })}
        />
      )}
    </>
  );
}
