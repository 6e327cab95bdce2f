/** What the sessions page shows: the filter, a row for each session, and its actions. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ISession } from '../../api/sessions';
import { SelectField } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import { CopyLine, Empty, IconButton } from '../../parts/controls';
import { useBusy, useChanged, useNow } from '../../parts/hooks';
import { rerunIcon, retryIcon } from '../../parts/icons';
import { Progress } from '../../parts/progress';
import { StatusChip } from '../../parts/status';
import { duration } from '../../parts/times';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { IBulkAction, ListPage } from '../list/body';
import { Select, TagField, TriggerField } from '../list/fields';
import { Column } from '../list/table';
import { IBodyProps } from '../widget';
import { SessionsModel } from './model';
import { GROUPS, canCancel, isActive, length } from './summary';

const COLUMNS: readonly Column<ISession>[] = [
  ['status', session => session.status],
  ['trigger', session => session.trigger],
  ['call', session => session.call],
  ['tags', session => session.tags.join(' ')],
  ['acknowledged_by', session => session.acknowledged_by],
  ['parameters', session => JSON.stringify(session.parameters)],
  ['attempt', session => session.attempt],
  ['current_cell', session => session.current_cell],
  ['total_cells', session => session.total_cells],
  ['error', session => session.error && `${session.error.ename}: ${session.error.evalue}`],
  ['reason', session => session.reason],
  ['created_at', session => session.created_at],
  ['started_at', session => session.started_at],
  ['finished_at', session => session.finished_at],
  ['duration_seconds', session => session.duration],
  ['id', session => session.id]
];

export default function SessionsBody({
  model,
  automation
}: IBodyProps<SessionsModel>): JSX.Element {
  const { trans } = automation;
  useChanged(model);
  return (
    <ListPage
      model={model}
      trans={trans}
      title={trans.__('Sessions')}
      filterLabel={trans.__('Filter sessions')}
      filter={<Filter model={model} automation={automation} />}
      actions={actions(model, automation)}
      columns={COLUMNS}
      file="sessions"
      empty={<NoSessions model={model} automation={automation} />}
    >
      <Rows model={model} automation={automation} />
    </ListPage>
  );
}

function actions(model: SessionsModel, { trans }: IAutomation): IBulkAction<ISession>[] {
  return [
    {
      label: trans.__('Cancel'),
      danger: true,
      fits: canCancel,
      run: session => model.cancel(session.id)
    },
    {
      label: trans.__('Retry with the same files'),
      fits: session => !isActive(session.status),
      run: session => model.retry(session.id, 'same')
    },
    {
      label: trans.__('Retry with the files of now'),
      fits: session => !isActive(session.status),
      run: session => model.retry(session.id, 'current')
    },
    {
      label: trans.__('Acknowledge'),
      fits: session => GROUPS.failed.includes(session.status) && !session.acknowledged_by,
      run: session => model.acknowledge(session.id)
    },
    {
      label: trans.__('Delete'),
      danger: true,
      fits: session => !isActive(session.status),
      ask: sessions => confirmDelete(sessions, trans),
      run: session => model.remove(session.id)
    }
  ];
}

/** Ask whether these are to be deleted. */
export async function confirmDelete(
  sessions: readonly ISession[],
  trans: TranslationBundle
): Promise<boolean> {
  const answer = await showDialog({
    title: trans._n('Delete the session?', 'Delete %1 sessions?', sessions.length),
    body: trans.__('Their logs and artifacts are deleted with them; their events stay.'),
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })],
    defaultButton: 0
  });
  return answer.button.accept;
}

function Filter({ model, automation }: IBodyProps<SessionsModel>): JSX.Element {
  const { trans } = automation;
  const { filter } = model;
  const counted = (group: string, label: string): string => `${label} (${model.count(group)})`;
  return (
    <>
      <SelectField
        label={trans.__('Status')}
        value={filter.group}
        options={[
          ['', counted('', trans.__('All'))],
          ['active', counted('active', trans.__('Active'))],
          ['failed', counted('failed', trans.__('Failed'))],
          ['completed', counted('completed', trans.__('Completed'))],
          ['cancelled', counted('cancelled', trans.__('Cancelled'))]
        ]}
        onChange={group => void model.setFilter({ group })}
      />
      <TriggerField
        value={filter.trigger}
        triggers={model.triggers}
        onChange={trigger => void model.setFilter({ trigger })}
        trans={trans}
      />
      <TagField value={filter.tag} onChange={tag => void model.setFilter({ tag })} trans={trans} />
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
          ['asc', trans.__('Oldest first')],
          ['name', trans.__('By name')],
          ['status', trans.__('By status')],
          ['duration', trans.__('Longest first')]
        ]}
        onChange={order => void model.setFilter({ order })}
      />
    </>
  );
}

function Rows({ model, automation }: IBodyProps<SessionsModel>): JSX.Element {
  const busy = model.items.some(item => isActive(item.status));
  const now = useNow(busy ? 1000 : 20000);
  return (
    <ul
      className="na-Rows na-Sessions"
      aria-label={automation.trans.__('Sessions')}
      aria-busy={model.loading}
    >
      {model.items.map(session => (
        <Row key={session.id} session={session} now={now} model={model} automation={automation} />
      ))}
    </ul>
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
  const more = detail(session);
  return (
    <li data-session={session.id} data-active={active}>
      <Select model={model} item={session} name={name} trans={trans} />
      <StatusChip status={session.status} trans={trans} title={session.reason} />
      <button
        type="button"
        className="na-Rows-main"
        title={[name, more].filter(Boolean).join('\n')}
        onClick={() => void commands.execute(CommandIDs.open, { page: 'session', id: session.id })}
      >
        <strong>{name}</strong>
        <span className="na-Dim">{more}</span>
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
            disabled={busy || !canCancel(session)}
            onClick={() => void run(() => attempt(() => model.cancel(session.id)))}
          />
        ) : (
          <>
            <IconButton
              icon={retryIcon}
              label={trans.__('Retry with the same files')}
              disabled={busy}
              onClick={() => void run(() => attempt(() => model.retry(session.id, 'same')))}
            />
            <IconButton
              icon={rerunIcon}
              label={trans.__('Retry with the files of now')}
              disabled={busy}
              onClick={() => void run(() => attempt(() => model.retry(session.id, 'current')))}
            />
          </>
        )}
      </span>
    </li>
  );
}

/** What distinguishes a session from others of its trigger: its error, its reason or its parameters. */
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
  if (model.filtered) {
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
