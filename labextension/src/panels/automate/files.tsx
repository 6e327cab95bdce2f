/** Which files a trigger watches: the fields of the form. */
import * as React from 'react';

import { CheckField, TextField } from '../../forms/fields';
import { IAutomation } from '../../tokens';
import type { AutomateModel } from './model';

export function FileFields(props: { model: AutomateModel; automation: IAutomation }): JSX.Element {
  const { model } = props;
  const { trans } = props.automation;
  const { files, fileChanges } = model.draft;
  const choices = [
    ['created', trans.__('A file has come')],
    ['changed', trans.__('It was changed')],
    ['deleted', trans.__('It was deleted')]
  ] as const;
  return (
    <div className="na-Fields">
      <TextField
        label={trans.__('Files')}
        value={files}
        code
        placeholder="data/*.csv, in/**/*.parquet"
        help={trans.__(
          'Paths in the project; * within one name, ** for folders; commas between them'
        )}
        error={model.refusalOf('files.paths')}
        onChange={files => model.update({ files })}
      />
      {choices.map(([change, label]) => (
        <CheckField
          key={change}
          label={label}
          checked={fileChanges.includes(change)}
          onChange={wanted =>
            model.update({
              fileChanges: choices
                .map(([one]) => one)
                .filter(one => (one === change ? wanted : fileChanges.includes(one)))
            })
          }
        />
      ))}
      {model.refusalOf('files.on') && (
        <span className="na-Field-note" role="alert">
          {model.refusalOf('files.on')}
        </span>
      )}
    </div>
  );
}
