/** What the page Inbox shows: where to send to, the filter, and a row for each delivery. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { IDelivery, InboxStatus } from '../../api/inbox';
import { TextField } from '../../forms/fields';
import { attempt } from '../../parts/attempt';
import { Button, Empty } from '../../parts/controls';
import { CopyLine } from '../../parts/copy-line';
import { useChanged } from '../../parts/hooks';
import { LEAD, whenHeading } from '../../parts/rows';
import { IHeading } from '../../parts/table';
import { IAutomation } from '../../tokens';
import { IBulkAction } from '../list/bar';
import { ListPage } from '../list/body';
import { Column } from '../list/export';
import { ChoiceField } from '../list/fields';
import { IBodyProps } from '../widget';
import { InboxModel } from './model';
import { askWhereTo } from './replay-dialog';
import { DeliveryRow } from './row';
import { senderOf, statusLabel } from './words';

const COLUMNS: readonly Column<IDelivery>[] = [
  ['received_at', delivery => delivery.received_at],
  ['status', delivery => delivery.status],
  ['source', delivery => delivery.source],
  ['trigger', delivery => delivery.trigger],
  ['event_type', delivery => delivery.event_type],
  ['method', delivery => delivery.method],
  ['sessions', delivery => delivery.session_ids.join(' ')],
  ['reason', delivery => delivery.reason],
  ['id', delivery => delivery.id]
];
const STATUSES: readonly InboxStatus[] = ['received', 'processed', 'failed'];

export default function InboxBody({ model, automation }: IBodyProps<InboxModel>): JSX.Element {
  useChanged(model);
  const { trans } = automation;
  return (
    <ListPage
      model={model}
      automation={automation}
      title={trans.__('Inbox')}
      filterLabel={trans.__('Filter deliveries')}
      filter={<Filter model={model} automation={automation} />}
      summary={<Address model={model} automation={automation} />}
      actions={actions(model, automation)}
      headings={headings(automation)}
      className="na-Inbox"
      columns={COLUMNS}
      file="inbox"
      noMatch={trans.__('No delivery matches this filter.')}
      empty={
        <Empty title={trans.__('Nothing has come in yet')}>
          <p>
            {trans.__(
              'Whatever is sent to a webhook is listed here, and so is what is sent to the address above: it needs no trigger. Look at it, then make a trigger of it.'
            )}
          </p>
        </Empty>
      }
      rows={{
        each: (delivery, now) => (
          <DeliveryRow delivery={delivery} now={now} model={model} automation={automation} />
        )
      }}
    />
  );
}

function headings({ trans }: IAutomation): IHeading[] {
  return [
    LEAD,
    { label: trans.__('Status'), sort: { column: 'status', order: 'asc' } },
    { label: trans.__('From'), sort: { column: 'name', order: 'asc' } },
    {
      label: trans.__('Type'),
      className: 'na-Inbox-type',
      sort: { column: 'type', order: 'asc' }
    },
    { label: trans.__('What came of it'), className: 'na-Rows-outcome' },
    whenHeading(trans.__('Received'))
  ];
}

function actions(model: InboxModel, automation: IAutomation): IBulkAction<IDelivery>[] {
  const { trans } = automation;
  return [
    {
      label: trans.__('Replay…'),
      fits: () => true,
      run: {
        paced: async deliveries => {
          const chosen = await askWhereTo(deliveries, automation);
          return (
            chosen && {
              pause: 1000 / chosen.rate,
              action: delivery => model.replay(delivery.id, chosen)
            }
          );
        }
      }
    },
    {
      label: trans.__('Mark as processed'),
      fits: ({ status }) => status !== 'processed',
      run: delivery => model.mark(delivery, 'processed')
    },
    {
      label: trans.__('Bookmark'),
      fits: delivery => delivery.bookmarked_at === null,
      run: delivery => model.bookmark(delivery, true)
    },
    {
      label: trans.__('Delete'),
      danger: true,
      fits: ({ source }) => source !== null,
      ask: async deliveries => {
        const answer = await showDialog({
          title: trans._n(
            'Delete %1 delivery for good?',
            'Delete %1 deliveries for good?',
            deliveries.length
          ),
          body: deliveries.map(senderOf).slice(0, 5).join(', '),
          buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })]
        });
        return answer.button.accept;
      },
      run: delivery => model.remove(delivery)
    }
  ];
}

function Filter({ model, automation }: IBodyProps<InboxModel>): JSX.Element {
  const { trans } = automation;
  const { filter } = model;
  const names = [...new Set([...model.sources.map(({ source }) => source), filter.source])];
  return (
    <>
      <ChoiceField
        label={trans.__('Source')}
        value={filter.source}
        all={trans.__('All, and triggers')}
        choices={names.filter(Boolean).map(name => [name, name] as const)}
        onChange={source => void model.setFilter({ source })}
        trans={trans}
      />
      <ChoiceField
        label={trans.__('Status')}
        value={filter.status}
        choices={STATUSES.map(status => [status, statusLabel(status, trans)] as const)}
        onChange={status => void model.setFilter({ status })}
        trans={trans}
      />
      <ChoiceField
        label={trans.__('Kept')}
        value={filter.kept}
        choices={[['true', trans.__('With a bookmark')]]}
        onChange={kept => void model.setFilter({ kept })}
        trans={trans}
      />
    </>
  );
}

/** Where a source of one's own choice sends to. */
function Address({ model, automation }: IBodyProps<InboxModel>): JSX.Element {
  const { trans } = automation;
  const [name, setName] = React.useState(model.filter.source);
  const { askedSource } = model;
  return (
    <details className="na-More na-Inbox-address">
      <summary>{trans.__('Where to send to')}</summary>
      <form
        className="na-Fields"
        onSubmit={event => {
          event.preventDefault();
          void attempt(() => model.ask(name.trim()));
        }}
      >
        <TextField
          label={trans.__('Name of the source')}
          value={name}
          placeholder="github"
          options={model.sources.map(({ source }) => source)}
          help={trans.__('Of your choice: it becomes part of the address')}
          onChange={setName}
        />
        <div className="na-Actions">
          <Button submit disabled={name.trim() === ''}>
            {trans.__('Show the address')}
          </Button>
        </div>
      </form>
      {askedSource && (
        <div className="na-Fields" aria-live="polite">
          <CopyLine text={askedSource.url_with_token} label={trans.__('address')} trans={trans} />
          <p className="na-Dim">
            {askedSource.open
              ? trans.__('Anybody who knows this name may send to it (setting inbox_open).')
              : trans.__('The token in it is a secret; it can also be sent as X-Inbox-Token.')}
          </p>
        </div>
      )}
    </details>
  );
}
