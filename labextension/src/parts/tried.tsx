/** What a filter comes to on the newest events, while it is typed. */
import * as React from 'react';

import { ITried, tryFilter } from '../api/why';
import { Clauses } from './clauses';
import { useNow } from './hooks';
import { When } from './when';
import { IAutomation } from '../tokens';

/** Milliseconds without a key until the server is asked. */
const PAUSE = 400;

export function Tried(props: {
  filter: string;
  trigger: string | null;
  source: 'webhook' | 'emit';
  automation: IAutomation;
}): JSX.Element | null {
  const { filter, trigger, source, automation } = props;
  const { trans, client } = automation;
  const [tried, setTried] = React.useState<readonly ITried[] | null>(null);
  const now = useNow(20000);
  React.useEffect(() => {
    if (!filter.trim()) {
      setTried(null);
      return;
    }
    const abort = new AbortController();
    const timer = window.setTimeout(() => {
      const body = trigger ? { filter, trigger } : { filter, source };
      tryFilter(client, { limit: 5, ...body }, abort.signal).then(setTried, () => {
        // What cannot be read stands under the field already.
        if (!abort.signal.aborted) {
          setTried(null);
        }
      });
    }, PAUSE);
    return () => {
      window.clearTimeout(timer);
      abort.abort();
    };
  }, [filter, trigger, source, client]);
  if (!tried) {
    return null;
  }
  return (
    <section className="na-Tried" aria-label={trans.__('On the newest events')} aria-live="polite">
      {tried.length === 0 && (
        <p className="na-Dim">{trans.__('No event has come yet to try it on.')}</p>
      )}
      {tried.length > 0 && (
        <p>
          {trans.__(
            'Of the newest %1 events it lets %2 through.',
            tried.length,
            tried.filter(one => one.matched).length
          )}
        </p>
      )}
      {tried.map(one => (
        <details key={one.event_id} data-matched={String(one.matched)}>
          <summary>
            {one.error
              ? trans.__('Error at line %1, column %2', one.line ?? 1, one.column ?? 1)
              : one.matched
                ? trans.__('Lets through')
                : trans.__('Stops')}{' '}
            <span className="na-Dim">
              {one.type} <When at={one.received_at} now={now} />
            </span>
          </summary>
          <Clauses clauses={one.clauses} trans={trans} />
        </details>
      ))}
    </section>
  );
}
