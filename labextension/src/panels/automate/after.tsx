/** Which sessions a trigger follows: the fields of the form. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { SelectField, TextField } from '../../forms/fields';
import { IAutomation } from '../../tokens';
import type { AutomateModel } from './model';
import { Ends, listed } from './sources';

export function AfterFields(props: { model: AutomateModel; automation: IAutomation }): JSX.Element {
  const { model } = props;
  const { trans } = props.automation;
  const { draft } = model;
  return (
    <div className="na-Fields">
      <TextField
        label={trans.__('Runs after')}
        value={draft.after}
        placeholder="load, clean.ipynb"
        options={model.triggerNames}
        help={trans.__(
          'Triggers of this project by name, or notebooks by path; commas between them'
        )}
        error={model.refusalOf('after.of')}
        onChange={after => model.update({ after })}
      />
      <SelectField
        label={trans.__('When they')}
        value={draft.ends}
        options={endOptions(draft.ends, trans)}
        onChange={ends => model.update({ ends })}
      />
      {listed(draft.after).length > 1 && (
        <TextField
          label={trans.__('All of them within (minutes)')}
          type="number"
          min={1}
          value={draft.within}
          help={trans.__('Runs once all have ended so. Empty: after each of them.')}
          error={model.refusalOf('after.within')}
          onChange={within => model.update({ within })}
        />
      )}
    </div>
  );
}

function endOptions(ends: Ends, trans: TranslationBundle): readonly (readonly [Ends, string])[] {
  const own: readonly (readonly [Ends, string])[] =
    ends === 'own' ? [['own', trans.__('end as this trigger says')]] : [];
  return [
    ['completed', trans.__('have completed')],
    ['failed', trans.__('have failed, or were lost')],
    ['any', trans.__('have ended in any way')],
    ...own
  ];
}
