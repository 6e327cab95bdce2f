/** Days off of a schedule: the fields of the form. */
import * as React from 'react';

import { SelectField, TextField } from '../../forms/fields';
import { IAutomation } from '../../tokens';
import type { AutomateModel } from './model';

export function DaysOff(props: { model: AutomateModel; automation: IAutomation }): JSX.Element {
  const { model } = props;
  const { trans } = props.automation;
  const { holidays, workingDays, ifOff } = model.draft;
  return (
    <>
      <TextField
        label={trans.__('Not on holidays of')}
        value={holidays}
        placeholder="DE-BE"
        help={trans.__('A country by its two letters, or a part of it')}
        error={model.refusalOf('calendar.holidays')}
        onChange={holidays => model.update({ holidays })}
      />
      <TextField
        label={trans.__('Only on')}
        value={workingDays}
        placeholder="MON-FRI"
        help={trans.__('Days of the week; empty for all')}
        error={model.refusalOf('calendar.working_days')}
        onChange={workingDays => model.update({ workingDays })}
      />
      {(holidays.trim() !== '' || workingDays.trim() !== '') && (
        <SelectField
          label={trans.__('What falls on a day off')}
          value={ifOff}
          options={[
            ['skip', trans.__('Does not run')],
            ['next', trans.__('Runs on the next working day')]
          ]}
          onChange={ifOff => model.update({ ifOff })}
        />
      )}
    </>
  );
}
