/** What the events page shows: the filter, and a row for each event, also for those that ran nothing. */
import * as React from 'react';

import { IEvent } from '../../api/events';
import { Empty } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { LEAD, whenHeading } from '../../parts/rows';
import { IHeading } from '../../parts/table';
import { useChanged } from '../../parts/hooks';
import { IAutomation } from '../../tokens';
import { IBulkAction } from '../list/bar';
import { ListPage } from '../list/body';
import { Column } from '../list/export';
import { ChoiceField, TriggerField } from '../list/fields';
import { IBodyProps } from '../widget';
import { EventsModel } from './model';
import { EventRow } from './row';
import { toJson } from '../../api/json';

const COLUMNS: readonly Column<IEvent>[] = [
  ['received_at', event => event.received_at],
  ['type', event => event.type],
  ['source', event => event.source],
  ['trigger', event => event.trigger],
  ['sessions', event => event.session_ids.join(' ')],
  ['reason', event => event.reason],
  ['data', event => toJson(event.data)],
  ['id', event => event.id]
];

export default function EventsBody({ model, automation }: IBodyProps<EventsModel>): JSX.Element {
  useChanged(model);
  const { trans } = automation;
  return (
    <ListPage
      model={model}
      automation={automation}
      title={trans.__('Events')}
      filterLabel={trans.__('Filter events')}
      filter={<Filter model={model} automation={automation} />}
      actions={actions(model, automation)}
      headings={headings(automation)}
      className="na-Events"
      columns={COLUMNS}
      file="events"
      noMatch={trans.__('No event matches this filter.')}
      empty={<NoEvents automation={automation} />}
      rows={{
        each: (event, now) => (
          <EventRow event={event} now={now} model={model} automation={automation} />
        )
      }}
    />
  );
}

function headings({ trans }: IAutomation): IHeading[] {
  return [
    LEAD,
    {
      label: trans.__('Source'),
      className: 'na-Rows-type',
      sort: { column: 'source', order: 'asc' }
    },
    { label: trans.__('Name'), sort: { column: 'name', order: 'asc' } },
    { label: trans.__('What came of it'), className: 'na-Rows-outcome' },
    whenHeading(trans.__('Received'))
  ];
}

function actions(model: EventsModel, { trans }: IAutomation): IBulkAction<IEvent>[] {
  return [
    {
      label: trans.__('Let them happen again'),
      fits: event => event.trigger_id !== null,
      run: event => model.replay(event.id)
    }
  ];
}

function Filter({ model, automation }: IBodyProps<EventsModel>): JSX.Element {
  const { trans } = automation;
  const { filter } = model;
  return (
    <>
      <TriggerField
        value={filter.trigger}
        triggers={model.triggers}
        onChange={trigger => void model.setFilter({ trigger })}
        trans={trans}
      />
      <ChoiceField
        label={trans.__('Source')}
        value={filter.source}
        choices={[
          ['webhook', trans.__('Webhook')],
          ['schedule', trans.__('Schedule')],
          ['emit', trans.__('Emitted')],
          ['session', trans.__('A session ended')],
          ['artifact', trans.__('An artifact')],
          ['file', trans.__('A file')],
          ['manual', trans.__('By hand')],
          ['replay', trans.__('Replayed')]
        ]}
        trans={trans}
        onChange={source => void model.setFilter({ source })}
      />
      <ChoiceField
        label={trans.__('Outcome')}
        value={filter.ran}
        choices={[
          ['true', trans.__('Ran something')],
          ['false', trans.__('Ran nothing')]
        ]}
        trans={trans}
        onChange={ran => void model.setFilter({ ran })}
      />
    </>
  );
}

function NoEvents({ automation }: { automation: IAutomation }): JSX.Element {
  const { trans } = automation;
  return (
    <Empty title={trans.__('No events yet')}>
      <p>
        {trans.__(
          'Every delivery to a webhook, every tick of a schedule and every emitted event is listed here, also those that ran nothing, with the reason. Register a webhook in a cell:'
        )}
      </p>
      <CopyLine text="%trigger on_post --webhook" label={trans.__('webhook')} trans={trans} />
    </Empty>
  );
}
