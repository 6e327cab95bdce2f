/** When a schedule fires next. */
import * as React from 'react';

import { ITrigger } from '../../api/triggers';
import { localZone, momentIn, precise } from '../../parts/times';
import { When } from '../../parts/when';
import { IAutomation } from '../../tokens';

/** How far off, in milliseconds, a time is said as "in 3 days", too. */
const NEAR = 7 * 24 * 3600 * 1000;

export function NextFires(props: {
  trigger: ITrigger;
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { trigger, now, automation } = props;
  const { trans } = automation;
  const zone = trigger.schedule?.timezone ?? localZone();
  // Later than that, "in 3 days" would be a date once more, in the browser's zone.
  const near = (at: string): boolean => Date.parse(at) - now < NEAR;
  return (
    <section className="na-NextFires">
      <h2>{trans.__('Next times in %1', zone)}</h2>
      <ol>
        {trigger.next_fires.map(at => (
          <li key={at} title={precise(at)}>
            {momentIn(at, zone)} {near(at) && <When at={at} now={now} />}
          </li>
        ))}
      </ol>
    </section>
  );
}
