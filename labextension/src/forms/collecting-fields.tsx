/** The fields for events that come close together: whether they have one run, and when. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ICollectingDraft } from './collecting';
import { SelectField, TextField } from './fields';

export function CollectingFields(props: {
  draft: ICollectingDraft;
  /** What an event's key may be, as an example. */
  example: string;
  /** What the server refuses of the time, and of the key. */
  timeError?: string | null;
  keyError?: string | null;
  onChange: (patch: Partial<ICollectingDraft>) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { draft, onChange, trans } = props;
  return (
    <>
      <SelectField
        label={trans.__('Events that come close together')}
        value={draft.collect}
        options={[
          ['none', trans.__('have a run each')],
          ['debounce', trans.__('have one run, when it is quiet')],
          ['batch', trans.__('have one run, after a time')]
        ]}
        onChange={collect => onChange({ collect })}
      />
      {draft.collect !== 'none' && (
        <>
          <TextField
            label={trans.__('For so many seconds')}
            type="number"
            min={1}
            value={draft.seconds}
            error={props.timeError}
            onChange={seconds => onChange({ seconds })}
          />
          <TextField
            label={trans.__('Apart by (CEL)')}
            value={draft.key}
            code
            placeholder={props.example}
            help={trans.__('Events for which this has different values have runs of their own')}
            error={props.keyError}
            onChange={key => onChange({ key })}
          />
        </>
      )}
    </>
  );
}
