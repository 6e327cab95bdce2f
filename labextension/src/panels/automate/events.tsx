/** The form's fields for what comes: which events count, who signs them, who waits for an answer. */
import * as React from 'react';

import { CollectingFields } from '../../forms/collecting-fields';
import { CheckField, TextField } from '../../forms/fields';
import { Tried } from '../../parts/tried';
import { IBodyProps } from '../widget';
import { exampleOf } from './examples';
import { AutomateModel } from './model';
import { SignatureFields } from './signature';

export function EventFields({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft } = model;
  const example = exampleOf(draft.kind);
  return (
    <div className="na-Fields">
      <TextField
        label={trans.__('Only if (CEL)')}
        value={draft.filter}
        code
        placeholder={example.filter}
        help={trans.__('May stay empty. It sees %1.', example.sees)}
        error={model.refusalOf('filter')}
        onChange={filter => model.update({ filter })}
      />
      <Tried
        filter={draft.filter}
        trigger={model.edited?.id ?? null}
        source={draft.kind === 'webhook' ? 'webhook' : 'emit'}
        automation={automation}
      />
      {draft.kind === 'webhook' && (
        <CheckField
          label={trans.__('The caller waits for the answer')}
          checked={draft.isSync}
          help={trans.__('What the notebook says with na.respond(…) becomes the HTTP response.')}
          onChange={isSync => model.update({ isSync })}
        />
      )}
      {draft.kind === 'webhook' && draft.isSync && (
        <TextField
          label={trans.__('It waits for at most (seconds)')}
          type="number"
          min={1}
          max={3600}
          placeholder="30"
          value={draft.syncTime}
          help={trans.__(
            'Then it gets 504. Between two parts of a streamed answer it waits as long.'
          )}
          error={model.refusalOf('sync_time')}
          onChange={syncTime => model.update({ syncTime })}
        />
      )}
      {draft.kind === 'webhook' && <SignatureFields model={model} automation={automation} />}
      {!model.answers && (
        <CollectingFields
          draft={draft}
          example={example.key}
          timeError={model.refusalOf('collect')}
          keyError={model.refusalOf('collect.key')}
          onChange={patch => model.update(patch)}
          trans={trans}
        />
      )}
      {draft.handler !== '' && (
        <CheckField
          label={trans.__('Keep the handler ready')}
          checked={draft.warm}
          help={trans.__(
            'The cells above it have run before an event comes, in a kernel of its own.'
          )}
          onChange={warm => model.update({ warm })}
        />
      )}
    </div>
  );
}
