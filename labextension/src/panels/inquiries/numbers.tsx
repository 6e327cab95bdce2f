/** Above the list of inquiries: how many wait, for how long, how long people take, and who is away. */
import * as React from 'react';

import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { useBusy, useNow } from '../../parts/hooks';
import { duration, moment, precise, relative } from '../../parts/times';
import { IAbsence } from '../../api/inquiries';
import { askFields } from '../inquiry/ask';
import { IBodyProps } from '../widget';
import { InquiriesModel } from './model';

/** How often times are said anew, in milliseconds. */
const PACE = 20000;

export function Numbers(props: IBodyProps<InquiriesModel>): JSX.Element | null {
  const { model, automation } = props;
  const { trans } = automation;
  const now = useNow(PACE);
  const { metrics } = model;
  if (!metrics) {
    return null;
  }
  const { waiting, oldest_at, median_seconds } = metrics;
  return (
    <div className="na-Numbers">
      <dl>
        <div>
          <dt>{trans.__('Waiting now')}</dt>
          <dd>{waiting}</dd>
        </div>
        {oldest_at && (
          <div>
            <dt>{trans.__('Oldest')}</dt>
            <dd title={precise(oldest_at)}>{relative(oldest_at, now)}</dd>
          </div>
        )}
        {median_seconds !== null && (
          <div title={trans.__('Half of what was answered in the last 30 days took no longer')}>
            <dt>{trans.__('Usual time to an answer')}</dt>
            <dd>{duration(median_seconds)}</dd>
          </div>
        )}
      </dl>
      <Away {...props} />
    </div>
  );
}

/** Who answers for those who are away, and the way to say so for oneself. */
function Away({ model, automation }: IBodyProps<InquiriesModel>): JSX.Element {
  const { trans } = automation;
  const [busy, run] = useBusy();
  const own = model.absences.find(({ is_me }) => is_me);
  const others = model.absences.filter(({ is_me }) => !is_me);
  const leave = async (): Promise<void> => {
    const given = await askFields(
      {
        title: trans.__('I am away'),
        fields: [
          { name: 'substitute', label: trans.__('Who answers for you'), required: true },
          {
            name: 'until',
            label: trans.__('Until'),
            type: 'datetime-local',
            help: trans.__('Without a time, until you say that you are back')
          }
        ],
        ok: trans.__('I am away')
      },
      trans
    );
    if (given) {
      const until = given.until ? new Date(given.until).toISOString() : null;
      await model.beAway(given.substitute, until);
    }
  };
  const words = ({ substitute, until_at }: IAbsence): string =>
    until_at
      ? trans.__('You are away until %2: %1 answers for you.', substitute, moment(until_at))
      : trans.__('You are away: %1 answers for you.', substitute);
  return (
    <div className="na-Away" role="group" aria-label={trans.__('Who is away')}>
      {others.length > 0 && (
        <span className="na-Dim">
          {others
            .map(({ person, substitute }) => trans.__('%1 answers for %2', substitute, person))
            .join(', ')}
        </span>
      )}
      {own && (
        <span role="status" title={own.until_at ? precise(own.until_at) : undefined}>
          {words(own)}
        </span>
      )}
      {own ? (
        <Button disabled={busy} onClick={() => void run(() => attempt(() => model.beBack()))}>
          {trans.__('I am back')}
        </Button>
      ) : (
        <Button disabled={busy} onClick={() => void run(() => attempt(leave))}>
          {trans.__('I am away…')}
        </Button>
      )}
    </div>
  );
}
