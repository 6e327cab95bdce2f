/** What the server says of the form as it stands: when it would run, and what to think of. */
import * as React from 'react';

import { Banner } from '../../parts/controls';
import { useNow } from '../../parts/hooks';
import { whenText } from '../triggers/kind';
import { NextFires } from '../triggers/next-fires';
import { IBodyProps } from '../widget';
import { AutomateModel } from './model';

export function Preview({ model, automation }: IBodyProps<AutomateModel>): JSX.Element {
  const { trans } = automation;
  const { draft, preview } = model;
  // A day and an hour that are chosen have no field that an error of the schedule could stand under.
  const chosen = !['cron', 'every', 'once'].includes(draft.rhythm.kind);
  const refusal = model.generalRefusal ?? (chosen ? model.refusalOf('schedule') : null);
  const now = useNow(20000);
  return (
    <div className="na-Preview" aria-live="polite">
      {refusal && <Banner tone="bad">{refusal}</Banner>}
      {preview && whenText(preview) && <p className="na-Preview-line">{whenText(preview)}</p>}
      {preview && preview.next_fires.length > 0 && (
        <NextFires trigger={preview} now={now} automation={automation} />
      )}
      {preview?.warnings
        .filter(({ code }) => code !== 'secret_missing' || draft.secretValue === '')
        .map(warning => (
          <Banner key={warning.code + warning.message} tone="warn">
            {warning.message}
          </Banner>
        ))}
      {draft.kind === 'webhook' && !model.edited && (
        <p className="na-Dim">{trans.__('The URL is made when the trigger is created.')}</p>
      )}
    </div>
  );
}
