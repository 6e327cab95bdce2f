/** What the sessions page shows: the filter, a row for each session, and its actions. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ISession } from '../../api/sessions';
import { SelectField } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import { Empty, IconButton } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useBusy, useChanged } from '../../parts/hooks';
import { rerunIcon, retryIcon } from '../../parts/icons';
import { Progress } from '../../parts/progress';
import { StatusChip } from '../../parts/status';
import { Cell, IHeading } from '../../parts/table';
import { duration } from '../../parts/times';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { IBulkAction } from '../list/bar';
import { ListPage } from '../list/body';
import { Column } from '../list/export';
import { Select, TagField, TriggerField } from '../list/fields';
import { IBodyProps } from '../widget';
import { SessionsModel } from './model';
import { GROUPS, canCancel, isActive, length } from './summary';
import { laterWords } from './words';
import { toJson } from '../../api/json';

const COLUMNS: readonly Column<ISession>[] = [
  ['status', session => session.status],
  ['trigger', session => session.trigger],
  ['call', session => session.call],
  ['tags', session => session.tags.join(' ')],
  ['acknowledged_by', session => session.acknowledged_by],
  ['parameters', session => toJson(session.parameters)],
  ['attempt', session => session.attempt],
  ['try_number', session => session.try_number],
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
  useChanged(model);
  const { trans } = automation;
  const busy = model.items.some(item => isActive(item.status));
  return (
    <ListPage
      model={model}
      automation={automation}
      title={trans.__('Sessions')}
      filterLabel={trans.__('Filter sessions')}
      filter={<Filter model={model} automation={automation} />}
      actions={actions(model, automation)}
      headings={headings(automation)}
      className="na-Sessions"
      columns={COLUMNS}
      file="sessions"
      noMatch={trans.__('No session matches this filter.')}
      empty={<NoSessions automation={automation} />}
      pace={busy ? 1000 : undefined}
      rows={now =>
        model.items.map(session => (
          <Row key={session.id} session={session} now={now} model={model} automation={automation} />
        ))
      }
    />
  );
}

function headings({ trans }: IAutomation): IHeading[] {
  return [
    { label: '' },
    { label: trans.__('Status'), sort: { column: 'status', order: 'asc' } },
    { label: trans.__('Name'), sort: { column: 'name', order: 'asc' } },
    { label: trans.__('Progress'), className: 'na-Rows-progress' },
    {
      label: trans.__('Duration'),
      className: 'na-Rows-time',
      sort: { column: 'duration', order: 'desc' }
    },
    {
      label: trans.__('Created'),
      className: 'na-Rows-when',
      sort: { column: 'created', order: 'desc' }
    },
    { label: '', className: 'na-Rows-actions' }
  ];
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
      run: session => model.retry(session, 'same')
    },
    {
      label: trans.__('Retry with the files of now'),
      fits: session => !isActive(session.status),
      run: session => model.retry(session, 'current')
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
  const counted = (group: string, label: string): string => {
    const count = model.count(group);
    return count === null ? label : `${label} (${count})`;
  };
  return (
    <>
      <SelectField
        label={trans.__('Status')}
        value={filter.group}
        options={[
          ['', counted('', trans.__('All'))],
          ['active', counted('active', trans.__('Active'))],
          ['queued', counted('queued', trans.__('Queued'))],
          ['waiting', counted('waiting', trans.__('Waiting'))],
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
    </>
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
  const seconds = length(session, now);
  const active = isActive(session.status);
  const name = session.trigger ?? session.call;
  const more = [laterWords(session, trans), detail(session)].filter(Boolean).join(' · ');
  return (
    <tbody role="rowgroup" data-session={session.id} data-active={active}>
      <tr role="row" className="na-Rows-line">
        <Cell className="na-Rows-lead">
          <Select model={model} item={session} name={name} trans={trans} />
        </Cell>
        <Cell>
          <StatusChip status={session.status} trans={trans} title={session.reason} />
        </Cell>
        <Cell>
          <button
            type="button"
            className="na-Rows-main"
            title={[name, more].filter(Boolean).join('\n')}
            onClick={() =>
              void commands.execute(CommandIDs.open, { page: 'session', id: session.id })
            }
          >
            <strong>{name}</strong>
            <span className="na-Dim">{more}</span>
          </button>
        </Cell>
        <Cell className="na-Rows-progress">
          <Progress session={session} trans={trans} />
        </Cell>
        <Cell className="na-Rows-time">{seconds === null ? '' : duration(seconds)}</Cell>
        <Cell className="na-Rows-when na-Dim">
          <When at={session.created_at} now={now} />
        </Cell>
        <Cell className="na-Rows-actions">
          <Actions session={session} model={model} automation={automation} />
        </Cell>
      </tr>
    </tbody>
  );
}

function Actions(props: {
  session: ISession;
  model: SessionsModel;
  automation: IAutomation;
}): JSX.Element {
  const { session, model, automation } = props;
  const { trans } = automation;
  const [busy, run] = useBusy();
  const perform = (action: () => Promise<unknown>) => () => void run(() => attempt(action));
  if (isActive(session.status)) {
    return (
      <IconButton
        icon={stopIcon}
        label={trans.__('Cancel')}
        disabled={busy || !canCancel(session)}
        onClick={perform(() => model.cancel(session.id))}
      />
    );
  }
  return (
    <>
      <IconButton
        icon={retryIcon}
        label={trans.__('Retry with the same files')}
        disabled={busy}
        onClick={perform(() => model.retry(session, 'same'))}
      />
      <IconButton
        icon={rerunIcon}
        label={trans.__('Retry with the files of now')}
        disabled={busy}
        onClick={perform(() => model.retry(session, 'current'))}
      />
    </>
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
    .map(([key, value]) => `${key}=${toJson(value)}`)
    .join(', ');
  return session.trigger ? [session.call, parameters].filter(Boolean).join(' · ') : parameters;
}

function NoSessions({ automation }: { automation: IAutomation }): JSX.Element {
  const { trans } = automation;
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
