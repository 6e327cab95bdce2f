/** Which artifact a trigger waits for: the fields of the form. */
import * as React from 'react';

import { CheckField, TextField } from '../../forms/fields';
import { IAutomation } from '../../tokens';
import type { AutomateModel } from './model';

export function ArtifactFields(props: {
  model: AutomateModel;
  automation: IAutomation;
}): JSX.Element {
  const { model } = props;
  const { trans } = props.automation;
  return (
    <div className="na-Fields">
      <TextField
        label={trans.__('Artifact')}
        value={model.draft.artifact}
        code
        placeholder="load/table.csv"
        help={trans.__(
          'The trigger or notebook that makes it, and its name; * stands for any: */table.csv'
        )}
        error={model.refusalOf('artifact.ref')}
        onChange={artifact => model.update({ artifact })}
      />
      <CheckField
        label={trans.__('Only if its content is another')}
        checked={model.draft.onlyChanged}
        onChange={onlyChanged => model.update({ onlyChanged })}
      />
    </div>
  );
}
