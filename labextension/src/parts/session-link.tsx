/** Links to sessions: to one, and to what came of an event. */
import * as React from 'react';

import { CommandIDs, IAutomation } from '../tokens';
import { WordsCell } from './rows';

export function SessionLink(props: {
  id: string;
  automation: IAutomation;
  children: React.ReactNode;
}): JSX.Element {
  const { id, automation } = props;
  return (
    <button
      type="button"
      className="na-Link"
      onClick={() => void automation.commands.execute(CommandIDs.open, { page: 'session', id })}
    >
      {props.children}
    </button>
  );
}

/** Which sessions an event made, or why it made none. */
export function OutcomeCell(props: {
  of: { session_ids: readonly string[]; reason: string | null };
  automation: IAutomation;
}): JSX.Element {
  const { of, automation } = props;
  const { trans } = automation;
  const [session, ...others] = of.session_ids;
  return (
    <WordsCell className="na-Rows-outcome" title={of.reason ?? ''}>
      {session ? (
        <SessionLink id={session} automation={automation}>
          {others.length > 0
            ? trans.__('ran %1 sessions', of.session_ids.length)
            : trans.__('ran its session')}
        </SessionLink>
      ) : (
        <span className="na-Dim">{of.reason}</span>
      )}
    </WordsCell>
  );
}
