/** The report of each run: the fields of the form. */
import * as React from 'react';

import { CheckField, SelectField } from '../../forms/fields';
import { IAutomation } from '../../tokens';
import type { AutomateModel } from './model';

export function ReportFields(props: {
  model: AutomateModel;
  automation: IAutomation;
}): JSX.Element {
  const { model } = props;
  const { trans } = props.automation;
  const { report, reportWithoutCode } = model.draft;
  return (
    <>
      <SelectField
        label={trans.__('Report of each run')}
        value={report}
        options={[
          ['', trans.__('None')],
          ['html', trans.__('HTML')],
          ['pdf', trans.__('PDF')],
          ['html,pdf', trans.__('HTML and PDF')]
        ]}
        onChange={report => model.update({ report })}
      />
      {report !== '' && (
        <CheckField
          label={trans.__('Leave the code out of it')}
          checked={reportWithoutCode}
          onChange={reportWithoutCode => model.update({ reportWithoutCode })}
        />
      )}
    </>
  );
}
