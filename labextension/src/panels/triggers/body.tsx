/** What the triggers page shows: the filter, a row for each trigger, and the open one's details. */
import { addIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ITrigger, callText } from '../../api/triggers';
import { Button, Empty } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { ACTIONS, LEAD } from '../../parts/rows';
import { IHeading } from '../../parts/table';
import { useChanged } from '../../parts/hooks';
import { CommandIDs, IAutomation } from '../../tokens';
import { IBulkAction } from '../list/bar';
import { ListPage } from '../list/body';
import { Column } from '../list/export';
import { ChoiceField, SearchField, WordField } from '../list/fields';
import { IBodyProps } from '../widget';
import { problemText, whenText } from './kind';
import { TriggersModel } from './model';
import { TriggerRow, confirmRemove } from './row';

const COLUMNS: readonly Column<ITrigger>[] = [
  ['project', trigger => trigger.project],
  ['name', trigger => trigger.name],
  ['type', trigger => trigger.type],
  ['enabled', trigger => trigger.enabled],
  ['call', trigger => callText(trigger)],
  ['tags', trigger => trigger.tags.join(' ')],
  ['schedule', trigger => whenText(trigger)],
  ['event_type', trigger => trigger.event_type],
  ['filter', trigger => trigger.filter],
  ['problems', trigger => problemText(trigger)],
  ['next_fire', trigger => trigger.next_fire],
  ['last_status', trigger => trigger.last_session?.status],
  ['success_count', trigger => trigger.success_count],
  ['failure_count', trigger => trigger.failure_count],
  ['created_at', trigger => trigger.created_at],
  ['id', trigger => trigger.id]
];

export default function TriggersBody({
  model,
  automation
}: IBodyProps<TriggersModel>): JSX.Element {
  useChanged(model);
  const { trans, commands } = automation;
  return (
    <ListPage
      model={model}
      automation={automation}
      title={trans.__('Triggers')}
      filterLabel={trans.__('Filter triggers')}
      filter={<Filter model={model} automation={automation} />}
      more={
        <>
          <Button icon={addIcon} onClick={() => void commands.execute(CommandIDs.automate)}>
            {trans.__('Automate a notebook')}
          </Button>
          <Button
            icon={addIcon}
            onClick={() => void commands.execute(CommandIDs.open, { page: 'task' })}
          >
            {trans.__('Call an API')}
          </Button>
        </>
      }
      actions={actions(model, automation)}
      headings={headings(automation)}
      className="na-Triggers"
      columns={COLUMNS}
      file="triggers"
      noMatch={trans.__('No trigger matches this filter.')}
      empty={<NoTriggers automation={automation} />}
      rows={{
        each: (trigger, now) => (
          <TriggerRow trigger={trigger} now={now} model={model} automation={automation} />
        )
      }}
    />
  );
}

function headings({ trans }: IAutomation): IHeading[] {
  return [
    LEAD,
    {
      label: trans.__('Type'),
      className: 'na-Rows-type',
      sort: { column: 'type', order: 'asc' }
    },
    { label: trans.__('Name'), sort: { column: 'name', order: 'asc' } },
    {
      label: trans.__('Next time'),
      className: 'na-Rows-next',
      sort: { column: 'next_fire', order: 'asc' }
    },
    { label: trans.__('Last run'), className: 'na-Rows-last' },
    { label: trans.__('Results'), className: 'na-Rows-results' },
    ACTIONS
  ];
}

function actions(model: TriggersModel, automation: IAutomation): IBulkAction<ITrigger>[] {
  const { trans } = automation;
  return [
    {
      label: trans.__('Enable'),
      fits: trigger => !trigger.enabled,
      run: trigger => model.enable(trigger, true)
    },
    {
      label: trans.__('Disable'),
      fits: trigger => trigger.enabled,
      run: trigger => model.enable(trigger, false)
    },
    {
      label: trans.__('Delete'),
      danger: true,
      fits: () => true,
      ask: triggers => confirmRemove(triggers, automation),
      run: trigger => model.remove(trigger)
    }
  ];
}

function Filter({ model, automation }: IBodyProps<TriggersModel>): JSX.Element {
  const { trans } = automation;
  const { filter } = model;
  return (
    <>
      <SearchField
        label={trans.__('Search triggers')}
        value={filter.q}
        onChange={q => void model.setFilter({ q })}
        trans={trans}
      />
      <WordField
        label={trans.__('Tag')}
        value={filter.tag}
        onChange={tag => void model.setFilter({ tag })}
      />
      <ChoiceField
        label={trans.__('Type')}
        value={filter.type}
        choices={[
          ['schedule', trans.__('Schedule')],
          ['webhook', trans.__('Webhook')],
          ['event', trans.__('Event')],
          ['session', trans.__('After a session')],
          ['artifact', trans.__('Artifact')],
          ['file', trans.__('File')],
          ['manual', trans.__('By hand')]
        ]}
        trans={trans}
        onChange={type => void model.setFilter({ type })}
      />
      <ChoiceField
        label={trans.__('State')}
        value={filter.enabled}
        choices={[
          ['true', trans.__('Enabled')],
          ['false', trans.__('Disabled')]
        ]}
        trans={trans}
        onChange={enabled => void model.setFilter({ enabled })}
      />
    </>
  );
}

function NoTriggers({ automation }: { automation: IAutomation }): JSX.Element {
  const { trans, commands } = automation;
  return (
    <Empty title={trans.__('No triggers yet')}>
      <p>{trans.__('A trigger runs a notebook. Register one in a cell of that notebook:')}</p>
      <CopyLine text="%load_ext notebook_automation" label={trans.__('first line')} trans={trans} />
      <CopyLine
        text='%trigger nightly --cron "0 6 * * *"'
        label={trans.__('schedule')}
        trans={trans}
      />
      <CopyLine text="%trigger on_post --webhook" label={trans.__('webhook')} trans={trans} />
      <p>{trans.__('Or fill in a form; nothing is written into the notebook:')}</p>
      <Button accept onClick={() => void commands.execute(CommandIDs.automate)}>
        {trans.__('Automate a notebook')}
      </Button>
    </Empty>
  );
}
