/** What the notifications page shows: what people were told, and who hears of what in a project. */
import {
  LabIcon,
  checkIcon,
  circleEmptyIcon,
  errorIcon,
  historyIcon,
  runningIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { INotification, NotificationState } from '../../api/notifications';
import { SelectField } from '../../forms/fields';
import { Empty } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useChanged } from '../../parts/hooks';
import { Cell, IHeading } from '../../parts/table';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { ListPage } from '../list/body';
import { Column } from '../list/export';
import { Select } from '../list/fields';
import { IBodyProps } from '../widget';
import { Defaults } from './defaults';
import { NotificationsModel } from './model';
import { stateLabel, toWords } from './words';

const STATES: readonly NotificationState[] = [
  'created',
  'queued',
  'processing',
  'sent',
  'error',
  'dropped'
];

const LOOKS: Record<NotificationState, readonly [tone: string, icon: LabIcon]> = {
  created: ['idle', circleEmptyIcon],
  queued: ['warn', historyIcon],
  processing: ['busy', runningIcon],
  sent: ['good', checkIcon],
  error: ['bad', errorIcon],
  dropped: ['idle', stopIcon]
};

const COLUMNS: readonly Column<INotification>[] = [
  ['created_at', one => one.created_at],
  ['state', one => one.state],
  ['to', one => one.to],
  ['reason', one => one.reason],
  ['title', one => one.title],
  ['detail', one => one.detail],
  ['trigger', one => one.trigger],
  ['session', one => one.session_id],
  ['error', one => one.error],
  ['message', one => one.message_id],
  ['ended_at', one => one.ended_at],
  ['id', one => one.id]
];

export default function NotificationsBody({
  model,
  automation
}: IBodyProps<NotificationsModel>): JSX.Element {
  useChanged(model);
  const { trans } = automation;
  return (
    <ListPage
      model={model}
      automation={automation}
      title={trans.__('Notifications')}
      filterLabel={trans.__('Filter notifications')}
      filter={<Filter model={model} automation={automation} />}
      summary={<Defaults model={model} automation={automation} />}
      actions={[]}
      headings={headings(automation)}
      className="na-Notifications"
      columns={COLUMNS}
      file="notifications"
      noMatch={trans.__('No notification matches this filter.')}
      empty={<NobodyWasTold automation={automation} />}
      rows={now =>
        model.items.map(one => (
          <Row key={one.id} one={one} now={now} model={model} automation={automation} />
        ))
      }
    />
  );
}

function headings({ trans }: IAutomation): IHeading[] {
  return [
    { label: '' },
    { label: trans.__('State') },
    { label: trans.__('What happened') },
    { label: trans.__('To'), className: 'na-Notifications-to' },
    { label: trans.__('When'), className: 'na-Rows-when' }
  ];
}

function Filter({ model, automation }: IBodyProps<NotificationsModel>): JSX.Element {
  const { trans } = automation;
  const { filter, projects } = model;
  return (
    <>
      <SelectField
        label={trans.__('Project')}
        value={filter.project}
        options={[
          ['', trans.__('All')],
          ...projects.map(({ id, name }) => [id, name] as [string, string])
        ]}
        onChange={project => void model.setFilter({ project })}
      />
      <SelectField<NotificationState | ''>
        label={trans.__('State')}
        value={filter.state}
        options={[
          ['', trans.__('All')],
          ...STATES.map(state => [state, stateLabel(state, trans)] as [NotificationState, string])
        ]}
        onChange={state => void model.setFilter({ state })}
      />
    </>
  );
}

function Row(props: {
  one: INotification;
  now: number;
  model: NotificationsModel;
  automation: IAutomation;
}): JSX.Element {
  const { one, now, model, automation } = props;
  const { trans, commands } = automation;
  const { session_id: id } = one;
  const [tone, icon] = LOOKS[one.state];
  const detail = one.error ?? one.detail;
  const open = (): void => void commands.execute(CommandIDs.open, { page: 'session', id });
  return (
    <tbody role="rowgroup" data-notification={one.id} data-state={one.state}>
      <tr role="row" className="na-Rows-line">
        <Cell className="na-Rows-lead">
          <Select model={model} item={one} name={`${one.title} ${one.to}`} trans={trans} />
        </Cell>
        <Cell>
          <span className={`na-Chip na-mod-${tone}`} title={one.error ?? ''}>
            <icon.react tag="span" className="na-Chip-icon" />
            <span>{stateLabel(one.state, trans)}</span>
          </span>
        </Cell>
        <Cell>
          {id ? (
            <button type="button" className="na-Rows-main" title={detail} onClick={open}>
              <Said one={one} detail={detail} />
            </button>
          ) : (
            <span className="na-Rows-main" title={detail}>
              <Said one={one} detail={detail} />
            </span>
          )}
        </Cell>
        <Cell className="na-Notifications-to" title={one.to}>
          {toWords(one, trans)}
        </Cell>
        <Cell className="na-Rows-when na-Dim">
          <When at={one.ended_at ?? one.created_at} now={now} />
        </Cell>
      </tr>
    </tbody>
  );
}

function Said({ one, detail }: { one: INotification; detail: string }): JSX.Element {
  return (
    <>
      <strong>{one.title}</strong>
      <span className={one.state === 'error' ? 'na-Notifications-error' : 'na-Dim'}>{detail}</span>
    </>
  );
}

function NobodyWasTold({ automation }: { automation: IAutomation }): JSX.Element {
  const { trans } = automation;
  return (
    <Empty title={trans.__('Nobody was told of anything yet')}>
      <p>
        {trans.__(
          'Say who hears of what for a whole project above, or for one trigger, in the form or in a cell:'
        )}
      </p>
      <CopyLine
        text="%trigger nightly --cron '0 6 * * *' --notify failed,missed:panel"
        label={trans.__('notify')}
        trans={trans}
      />
    </Empty>
  );
}
