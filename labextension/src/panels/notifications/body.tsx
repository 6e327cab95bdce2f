/** What the notifications page shows: what people were told, and who hears of what in a project. */
import {
  checkIcon,
  circleEmptyIcon,
  errorIcon,
  historyIcon,
  runningIcon,
  stopIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { INotification, NotificationState } from '../../api/notifications';
import { Chip, Look } from '../../parts/chip';
import { Empty } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useChanged } from '../../parts/hooks';
import { LEAD, MainCell, Row, WhenCell, WordsCell } from '../../parts/rows';
import { Cell, IHeading } from '../../parts/table';
import { CommandIDs, IAutomation } from '../../tokens';
import { ListPage } from '../list/body';
import { Column } from '../list/export';
import { ChoiceField, ProjectField, Select } from '../list/fields';
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

const LOOKS: Record<NotificationState, Look> = {
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
      rows={{
        each: (one, now) => (
          <NotificationRow one={one} now={now} model={model} automation={automation} />
        )
      }}
    />
  );
}

function headings({ trans }: IAutomation): IHeading[] {
  return [
    LEAD,
    { label: trans.__('State') },
    { label: trans.__('What happened') },
    { label: trans.__('To'), className: 'na-Rows-who' },
    { label: trans.__('When'), className: 'na-Rows-when' }
  ];
}

function Filter({ model, automation }: IBodyProps<NotificationsModel>): JSX.Element {
  const { trans } = automation;
  const { filter, projects } = model;
  return (
    <>
      <ProjectField
        value={filter.project}
        projects={projects}
        onChange={project => void model.setFilter({ project })}
        trans={trans}
      />
      <ChoiceField
        label={trans.__('State')}
        value={filter.state}
        choices={[
          ...STATES.map(state => [state, stateLabel(state, trans)] as [NotificationState, string])
        ]}
        trans={trans}
        onChange={state => void model.setFilter({ state })}
      />
    </>
  );
}

function NotificationRow(props: {
  one: INotification;
  now: number;
  model: NotificationsModel;
  automation: IAutomation;
}): JSX.Element {
  const { one, now, model, automation } = props;
  const { trans, commands } = automation;
  const { session_id: id } = one;
  const detail = one.error ?? one.detail;
  const open = (): void => void commands.execute(CommandIDs.open, { page: 'session', id });
  return (
    <Row
      data={{ notification: one.id, state: one.state }}
      lead={<Select model={model} item={one} name={`${one.title} ${one.to}`} trans={trans} />}
    >
      <Cell>
        <Chip look={LOOKS[one.state]} label={stateLabel(one.state, trans)} title={one.error} />
      </Cell>
      <MainCell
        name={one.title}
        more={
          <span className={one.state === 'error' ? 'na-Notifications-error' : 'na-Dim'}>
            {detail}
          </span>
        }
        title={detail}
        onClick={id ? open : undefined}
      />
      <WordsCell className="na-Rows-who" title={one.to}>
        {toWords(one, trans)}
      </WordsCell>
      <WhenCell at={one.ended_at ?? one.created_at} now={now} />
    </Row>
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
