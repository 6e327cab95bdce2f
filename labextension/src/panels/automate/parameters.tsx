/** The form's fields for parameters: their values, and what is taken from the event. */
import * as React from 'react';

import { TextField } from '../../forms/fields';
import { ParameterFields } from '../../forms/parameters';
import { More } from '../../parts/more';
import { IBodyProps } from '../widget';
import { exampleOf } from './examples';
import { AutomateModel } from './model';

export function Parameters({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft, fields } = model;
  if (fields.length === 0) {
    return (
      <p className="na-Dim">
        {trans.__(
          'No parameters: tag a cell “parameters” in the notebook, and its variables become fields here.'
        )}
      </p>
    );
  }
  return (
    <fieldset className="na-Parameters">
      <legend>{trans.__('Parameters')}</legend>
      <ParameterFields
        fields={fields}
        drafts={draft.parameters}
        errors={model.parameterErrors}
        onChange={(name, text) =>
          model.update({ parameters: { ...model.draft.parameters, [name]: text } })
        }
        trans={trans}
      />
      {model.takesEvents && <Mapping model={model} automation={automation} />}
    </fieldset>
  );
}

function Mapping({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  return (
    <More
      title={trans.__('Take parameters from the event')}
      open={Object.values(model.draft.mapping).some(Boolean)}
    >
      <div className="na-Fields">
        {model.fields.map(field => (
          <TextField
            key={field.name}
            label={`${field.name} =`}
            value={model.draft.mapping[field.name] ?? ''}
            code
            placeholder={`${exampleOf(model.draft.kind).mapping}.${field.name}`}
            error={model.refusalOf(`mapping.${field.name}`)}
            onChange={text =>
              model.update({ mapping: { ...model.draft.mapping, [field.name]: text } })
            }
          />
        ))}
      </div>
    </More>
  );
}
