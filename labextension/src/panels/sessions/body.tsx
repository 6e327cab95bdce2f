/** What the sessions page shows: the filter, a row for each session, and its actions. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { callsApi } from '../../api/projects';
import { ISession } from '../../api/sessions';
import { SelectField } from '../../forms/fields';
import { Empty } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useChanged } from '../../parts/hooks';
import { ACTIONS, LEAD, whenHeading } from '../../parts/rows';
import { IHeading } from '../../parts/table';
import { IAutomation } from '../../tokens';
import { IBulkAction } from '../list/bar';
import { ListPage } from '../list/body';
import { Column } from '../list/export';
import { WordField, TriggerField } from '../list/fields';
import { IBodyProps } from '../widget';
import { SessionsModel } from './model';
import { SessionRow } from './row';
import { GROUPS, canCancel, isActive } from './summary';
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
      rows={{
        each: (session, now) => (
          <SessionRow session={session} now={now} model={model} automation={automation} />
        )
      }}
    />
  );
}

function headings({ trans }: IAutomation): IHeading[] {
  return [
    LEAD,
    { label: trans.__('Status'), sort: { column: 'status', order: 'asc' } },
    { label: trans.__('Name'), sort: { column: 'name', order: 'asc' } },
    { label: trans.__('Progress'), className: 'na-Rows-progress' },
    {
      label: trans.__('Duration'),
      className: 'na-Rows-time',
      sort: { column: 'duration', order: 'desc' }
    },
    whenHeading(trans.__('Created')),
    ACTIONS
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
      fits: session => !isActive(session.status) && !callsApi(session.call),
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
      <WordField
        label={trans.__('Tag')}
        value={filter.tag}
        onChange={tag => void model.setFilter({ tag })}
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
    </>
  );
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
