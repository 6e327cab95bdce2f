/** What there is to know of a trigger before anything else: why it cannot run, and what to think of. */
import * as React from 'react';

import { ITrigger, updateTrigger } from '../../api/triggers';
import { attempt } from '../../parts/attempt';
import { Banner, Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { IAutomation } from '../../tokens';

/** Why it cannot run, with what would mend it, and what else there is to know. */
export function Notices(props: { trigger: ITrigger; automation: IAutomation }): JSX.Element {
  const { trigger, automation } = props;
  const { trans, client, documents } = automation;
  const [busy, run] = useBusy();
  const unsaved = trigger.notebook !== null && documents.isUnsaved(trigger.notebook);
  const known = new Set(trigger.problems.map(problem => problem.message));
  const call = (suggestion: string): void =>
    void run(() => attempt(() => updateTrigger(client, trigger.id, { call: suggestion })));
  return (
    <>
      {trigger.problems.map(({ code, message, suggestion }) => (
        <Banner key={code + message} tone="bad">
          {message}{' '}
          {suggestion && (
            <Button disabled={busy} onClick={() => call(suggestion)}>
              {trans.__('Let it run %1', suggestion)}
            </Button>
          )}
        </Banner>
      ))}
      {unsaved && (
        <Banner tone="info">
          {trans.__(
            '%1 is open with changes that are not saved: “Run now” saves them first, all else runs the file as it was saved.',
            trigger.notebook
          )}
        </Banner>
      )}
      {trigger.warnings
        .filter(({ message }) => !known.has(message))
        .map(({ code, message }) => (
          <Banner key={code + message} tone="warn">
            {message}
          </Banner>
        ))}
    </>
  );
}
