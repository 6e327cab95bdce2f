/** Everything about one event: what came, and clause by clause why each rule did, or did not, run something. */
import * as React from 'react';

import { IEnforcement, IEvent } from '../../api/events';
import { Clauses } from '../../parts/clauses';
import { Facts, Json } from '../../parts/controls';
import { SessionLink } from '../../parts/session-link';
import { When } from '../../parts/when';
import { Why } from '../../parts/why';
import { IAutomation } from '../../tokens';
import { sourceLabel } from './kind';

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
      <Why about={event.id} now={now} automation={automation} />
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
  const { trans } = automation;
  const { session_id: session } = enforcement;
  return (
    <section className="na-Enforcement">
      <h2>
        {enforcement.matched
          ? trans.__('%1 matched', enforcement.rule_ref)
          : trans.__('%1 did not match', enforcement.rule_ref)}
      </h2>
      {enforcement.reason && <p>{enforcement.reason}</p>}
      <Clauses clauses={enforcement.clauses} trans={trans} />
      {session && (
        <SessionLink id={session} automation={automation}>
          {trans.__('Its session')}
        </SessionLink>
      )}
    </section>
  );
}
