/** The event that started a session, and why each rule did, or did not, run something. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IEnforcement } from '../../api/events';
import { Empty, Facts, Json } from '../../parts/controls';
import { When } from '../../parts/when';
import { IAutomation } from '../../tokens';
import { SessionModel } from './model';

export function Event(props: {
  model: SessionModel;
  automation: IAutomation;
  now: number;
}): JSX.Element {
  const { model, automation, now } = props;
  const { trans } = automation;
  const { event } = model;
  if (!event) {
    return <Empty title={trans.__('No event: this session was started by hand.')} />;
  }
  return (
    <div className="na-Input-tab">
      <Facts
        items={[
          [trans.__('Type'), <code>{event.type}</code>],
          [trans.__('Source'), event.source],
          [trans.__('Received'), <When at={event.received_at} now={now} />],
          [trans.__('Id'), <code>{event.id}</code>]
        ]}
      />
      {event.enforcements?.map(enforcement => (
        <Enforcement key={enforcement.id} enforcement={enforcement} trans={trans} />
      ))}
      <h3>{trans.__('Data')}</h3>
      {event.data === null || event.data === undefined ? (
        <p className="na-Dim">{trans.__('It brought none.')}</p>
      ) : (
        <Json value={event.data} label={trans.__('Data')} />
      )}
    </div>
  );
}

function Enforcement(props: { enforcement: IEnforcement; trans: TranslationBundle }): JSX.Element {
  const { enforcement, trans } = props;
  const resultLabel = (result: boolean | null): string =>
    result === null ? trans.__('error') : result ? trans.__('true') : trans.__('false');
  return (
    <section className="na-Enforcement">
      <h3>
        {enforcement.matched
          ? trans.__('%1 matched', enforcement.rule_ref)
          : trans.__('%1 did not match', enforcement.rule_ref)}
      </h3>
      {enforcement.reason && <p>{enforcement.reason}</p>}
      {enforcement.clauses.length > 0 && (
        <ul>
          {enforcement.clauses.map(clause => (
            <li key={clause.text}>
              <code>{clause.text}</code>
              <strong>{resultLabel(clause.result)}</strong>
              <span className="na-Dim">
                {clause.error ??
                  Object.entries(clause.values)
                    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
                    .join(', ')}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
