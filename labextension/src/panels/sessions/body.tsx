/** What the sessions page shows: the filter, a row for each session, and its actions. */
import { refreshIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ISession } from '../../api/types';
import { SelectField } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import { CopyLine, Empty, IconButton, LoadMore, Trouble } from '../../parts/controls';
import { useBusy, useChanged, useNow } from '../../parts/hooks';
import { Progress } from '../../parts/progress';
import { StatusChip } from '../../parts/status';
import { duration } from '../../parts/times';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { IBodyProps } from '../widget';
import { SessionsModel, isActive, length } from './model';

export default function SessionsBody({
  model,
  automation
}: IBodyProps<SessionsModel>): JSX.Element {
  const { trans } = automation;
  useChanged(model);
  const busy = model.items.some(item => isActive(item.status));
  const now = useNow(busy ? 1000 : 20000);
  return (
    <div className="na-Page">
      <div className="na-Page-head">
        <h1>{trans.__('Sessions')}</h1>
        <Filter model={model} automation={automation} />
      </div>
      <Trouble model={model} trans={trans} />
      {model.items.length > 0 && (
        <ul
          className="na-Rows na-Sessions"
          aria-label={trans.__('Sessions')}
          aria-busy={model.loading}
        >
          {model.items.map(session => (
            <Row
              key={session.id}
              session={session}
              now={now}
              model={model}
              automation={automation}
            />
          ))}
        </ul>
      )}
      {model.items.length === 0 && model.settled && (
        <NoSessions model={model} automation={automation} />
      )}
      <LoadMore
        more={model.more}
        loading={model.loadingMore}
        onClick={() => void attempt(() => model.loadMore())}
        trans={trans}
      />
    </div>
  );
}

function Filter({ model, automation }: IBodyProps<SessionsModel>): JSX.Element {
  const { trans } = automation;
  const { filter } = model;
  const offered = model.triggers.includes(filter.trigger) || !filter.trigger;
  const triggers = offered ? model.triggers : [filter.trigger, ...model.triggers];
  return (
    <div className="na-Filter" role="search" aria-label={trans.__('Filter sessions')}>
      <SelectField
        label={trans.__('Status')}
        value={filter.group}
        options={[
          ['', trans.__('All')],
          ['active', trans.__('Active')],
          ['failed', trans.__('Failed')],
          ['completed', trans.__('Completed')],
          ['cancelled', trans.__('Cancelled')]
        ]}
        onChange={group => void model.setFilter({ group })}
      />
      <SelectField
        label={trans.__('Trigger')}
        value={filter.trigger}
        options={[['', trans.__('All')], ...triggers.map(ref => [ref, ref] as const)]}
        onChange={trigger => void model.setFilter({ trigger })}
      />
      <SelectField
        label={trans.__('Created')}
        value={String(filter.hours)}
        options={[
          ['0', trans.__('At any time')],
          ['1', trans.__('In the last hour')],
          ['24', trans.__('In the last day')],
          ['168', trans.__('In the last week')]
        ]}
        onChange={hours => void model.setFilter({ hours: Number(hours) })}
      />
      <SelectField
        label={trans.__('Sort')}
        value={filter.order}
        options={[
          ['desc', trans.__('Newest first')],
          ['asc', trans.__('Oldest first')]
        ]}
        onChange={order => void model.setFilter({ order })}
      />
      <IconButton
        icon={refreshIcon}
        label={trans.__('Refresh')}
        onClick={() => void model.refresh()}
      />
    </div>
  );
}

function Row(props: {
  session: ISession;
  now: number;
  model: SessionsModel;
  automation: IAutomation;
}): JSX.Element {
  const { session, now, model, automation } = props;
  const { trans, commands } = automation;
  const [busy, run] = useBusy();
  const seconds = length(session, now);
  const active = isActive(session.status);
  const name = session.trigger ?? session.call;
  return (
    <li data-session={session.id}>
      <StatusChip status={session.status} trans={trans} title={session.reason} />
      <button
        type="button"
        className="na-Rows-main"
        onClick={() => void commands.execute(CommandIDs.open, { page: 'session', id: session.id })}
      >
        <strong>{name}</strong>
        <span className="na-Dim">{detail(session)}</span>
      </button>
      <span className="na-Rows-progress">
        <Progress session={session} trans={trans} />
      </span>
      <span className="na-Rows-time">{seconds === null ? '' : duration(seconds)}</span>
      <span className="na-Rows-when na-Dim">
        <When at={session.created_at} now={now} />
      </span>
      <span className="na-Rows-actions">
        {active ? (
          <IconButton
            icon={stopIcon}
            label={trans.__('Cancel')}
            disabled={busy || session.status === 'canceling'}
            onClick={() => void run(() => attempt(() => model.cancel(session.id)))}
          />
        ) : (
          <IconButton
            icon={refreshIcon}
            label={trans.__('Retry')}
            disabled={busy}
            onClick={() => void run(() => attempt(() => model.retry(session.id)))}
          />
        )}
      </span>
    </li>
  );
}

/** What distinguishes a session from others of its trigger. */
function detail(session: ISession): string {
  if (session.error) {
    return `${session.error.ename}: ${session.error.evalue}`;
  }
  if (session.reason) {
    return session.reason;
  }
  const parameters = Object.entries(session.parameters)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(', ');
  return session.trigger ? [session.call, parameters].filter(Boolean).join(' · ') : parameters;
}

function NoSessions({ model, automation }: IBodyProps<SessionsModel>): JSX.Element {
  const { trans } = automation;
  const { group, trigger, hours } = model.filter;
  if (group || trigger || hours) {
    return <Empty title={trans.__('No session matches this filter.')} />;
  }
  return (
    <Empty title={trans.__('No sessions yet')}>
      <p>
        {trans.__(
          'A session is one run of a notebook. Press “Run now” on a trigger, or register one in a cell:'
        )}
      </p>
      <CopyLine
        text='%trigger nightly --cron "0 6 * * *"'
        label={trans.__('magic')}
        trans={trans}
      />
    </Empty>
  );
}
