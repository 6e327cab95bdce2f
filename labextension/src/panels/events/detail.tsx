/** Everything about one event: what came, and clause by clause why each rule did, or did not, run something. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IEnforcement, IEvent } from '../../api/events';
import { Facts, Json } from '../../parts/controls';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { sourceLabel } from './kind';
import { toJson } from '../../api/json';

export function EventDetail(props: {
  event: IEvent;
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { event, now, automation } = props;
  const { trans } = automation;
  const enforcements = event.enforcements ?? [];
  return (
    <div className="na-Input-tab">
      <Facts
        items={[
          [trans.__('Type'), <code>{event.type}</code>],
          [trans.__('Source'), sourceLabel(event.source, trans)],
          [trans.__('Received'), <When at={event.received_at} now={now} />],
          [trans.__('Id'), <code>{event.id}</code>]
        ]}
      />
      {enforcements.length === 0 && event.reason && <p>{event.reason}</p>}
      {enforcements.map(enforcement => (
        <Enforcement key={enforcement.id} enforcement={enforcement} automation={automation} />
      ))}
      <h2>{trans.__('Data')}</h2>
      {event.data === null || event.data === undefined ? (
        <p className="na-Dim">{trans.__('It brought none.')}</p>
      ) : (
        <Json value={event.data} label={trans.__('Data')} />
      )}
    </div>
  );
}

function Enforcement(props: { enforcement: IEnforcement; automation: IAutomation }): JSX.Element {
  const { enforcement, automation } = props;
  const { trans, commands } = automation;
  const { session_id: session } = enforcement;
  return (
    <section className="na-Enforcement">
      <h2>
        {enforcement.matched
          ? trans.__('%1 matched', enforcement.rule_ref)
          : trans.__('%1 did not match', enforcement.rule_ref)}
      </h2>
      {enforcement.reason && <p>{enforcement.reason}</p>}
      {enforcement.clauses.length > 0 && (
        <ul>
          {enforcement.clauses.map((clause, index) => (
            <li key={index} data-result={String(clause.result)}>
              <code>{clause.text}</code>
              <strong>{resultLabel(clause.result, trans)}</strong>
              <span className="na-Dim">
                {clause.error ??
                  Object.entries(clause.values)
                    .map(([name, value]) => `${name} = ${toJson(value)}`)
                    .join(', ')}
              </span>
            </li>
          ))}
        </ul>
      )}
      {session && (
        <button
          type="button"
          className="na-Link"
          onClick={() => void commands.execute(CommandIDs.open, { page: 'session', id: session })}
        >
          {trans.__('Its session')}
        </button>
      )}
    </section>
  );
}

function resultLabel(result: boolean | null, trans: TranslationBundle): string {
  return result === null ? trans.__('error') : result ? trans.__('true') : trans.__('false');
}
