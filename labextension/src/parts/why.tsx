/** Why something ran, or did not: asked when somebody opens it. */
import * as React from 'react';

import { messageOf } from '../api/request';
import { IWhy, getWhy } from '../api/why';
import { CommandIDs, IAutomation } from '../tokens';
import { Clauses } from './clauses';
import { Banner } from './controls';
import { When } from './when';

/** `about` is the id of an event, a session or a trigger; `version` changes when the answer may be another. */
export function Why(props: {
  about: string;
  version?: string;
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { about, version, now, automation } = props;
  const { trans, client } = automation;
  const [open, setOpen] = React.useState(false);
  const [why, setWhy] = React.useState<IWhy | null>(null);
  const [error, setError] = React.useState<string | null>(null);
  React.useEffect(() => {
    if (!open) {
      return;
    }
    let wanted = true;
    getWhy(client, about).then(
      answer => {
        if (wanted) {
          setWhy(answer);
          setError(null);
        }
      },
      (reason: unknown) => wanted && setError(messageOf(reason))
    );
    return () => {
      wanted = false;
    };
  }, [open, about, version, client]);
  return (
    <details className="na-Why" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{trans.__('Why?')}</summary>
      {error && <Banner tone="bad">{error}</Banner>}
      {why && (
        <div aria-live="polite">
          <p className="na-Why-answer">{why.answer}</p>
          <ol>
            {why.steps.map((step, index) => (
              <Step key={index} step={step} now={now} automation={automation} />
            ))}
          </ol>
        </div>
      )}
    </details>
  );
}

const PAGES: Record<string, string> = { evt: 'events', ses: 'session', trg: 'triggers' };

function Step(props: {
  step: IWhy['steps'][number];
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { step, now, automation } = props;
  const { trans, commands } = automation;
  const { about, errs_at } = step;
  const page = about ? PAGES[about.slice(0, 3)] : undefined;
  return (
    <li data-kind={step.kind} data-ok={String(step.ok)}>
      <span className="na-Why-text">
        {step.text}{' '}
        {step.at && (
          <span className="na-Dim">
            <When at={step.at} now={now} />
          </span>
        )}{' '}
        {page && step.kind !== 'policy' && (
          <button
            type="button"
            className="na-Link"
            aria-label={trans.__('Show %1', about)}
            onClick={() => void commands.execute(CommandIDs.open, { page, id: about })}
          >
            {trans.__('Show')}
          </button>
        )}
      </span>
      <Clauses clauses={step.clauses} trans={trans} />
      {errs_at && (
        <p className="na-Dim">
          {trans.__('At line %1, column %2 of %3', errs_at.line, errs_at.column, errs_at.condition)}
        </p>
      )}
    </li>
  );
}
