/** What the page API shows: a day in numbers, the filter, and a row for each request. */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';

import { IApiLog } from '../../api/api-logs';
import { SelectField, TextField } from '../../forms/fields';
import { Button, Empty } from '../../parts/controls';
import { useChanged } from '../../parts/hooks';
import { LEAD, whenHeading } from '../../parts/rows';
import { IHeading } from '../../parts/table';
import { IAutomation } from '../../tokens';
import { IBulkAction } from '../list/bar';
import { ListPage } from '../list/body';
import { Column } from '../list/export';
import { IBodyProps } from '../widget';
import { ApiLogsModel, IApiLogFilter } from './model';
import { ApiLogRow } from './row';
import { Statistics } from './statistics';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const COLUMNS: readonly Column<IApiLog>[] = [
  ['created_at', log => log.created_at],
  ['method', log => log.method],
  ['path', log => log.path],
  ['query', log => log.query],
  ['status_code', log => log.status_code],
  ['code', log => log.code],
  ['duration_ms', log => log.duration_ms],
  ['user_id', log => log.user_id],
  ['client', log => log.client],
  ['route', log => log.route],
  ['correlation_id', log => log.correlation_id],
  ['event_id', log => log.event_id],
  ['id', log => log.id]
];

export default function ApiLogsBody({ model, automation }: IBodyProps<ApiLogsModel>): JSX.Element {
  useChanged(model);
  const { trans } = automation;
  const { summary } = model;
  return (
    <ListPage
      model={model}
      automation={automation}
      title={trans.__('API')}
      filterLabel={trans.__('Filter requests')}
      filter={<Filter model={model} automation={automation} />}
      summary={summary && <Statistics summary={summary} model={model} automation={automation} />}
      actions={actions(model, automation)}
      headings={headings(automation)}
      className="na-Api"
      columns={COLUMNS}
      file="api-log"
      noMatch={trans.__('No request matches this filter.')}
      empty={<Empty title={trans.__('No requests are kept')} />}
      rows={now =>
        model.items.map(log => (
          <ApiLogRow key={log.id} log={log} now={now} model={model} automation={automation} />
        ))
      }
    />
  );
}

function headings({ trans }: IAutomation): IHeading[] {
  return [
    LEAD,
    { label: trans.__('Status'), sort: { column: 'status', order: 'desc' } },
    { label: trans.__('Request'), sort: { column: 'path', order: 'asc' } },
    {
      label: trans.__('Who'),
      className: 'na-Api-user',
      sort: { column: 'user', order: 'asc' }
    },
    {
      label: trans.__('Took'),
      className: 'na-Api-duration',
      sort: { column: 'duration', order: 'desc' }
    },
    whenHeading(trans.__('When'))
  ];
}

function actions(model: ApiLogsModel, automation: IAutomation): IBulkAction<IApiLog>[] {
  const { trans } = automation;
  return [
    {
      label: trans.__('Delete'),
      danger: true,
      fits: () => true,
      ask: async logs => {
        const answer = await showDialog({
          title: trans._n(
            'Delete %1 request from the log?',
            'Delete %1 requests from the log?',
            logs.length
          ),
          body: trans.__('The statistics stay as they are.'),
          buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Delete') })]
        });
        return answer.button.accept;
      },
      run: log => model.remove(log)
    }
  ];
}

function Filter({ model, automation }: IBodyProps<ApiLogsModel>): JSX.Element {
  const { trans } = automation;
  const { filter } = model;
  const { route, correlation_id } = filter;
  return (
    <>
      <TextField
        label={trans.__('Path contains')}
        value={filter.path}
        placeholder="/webhooks"
        onChange={path => void model.setFilter({ path })}
      />
      <SelectField
        label={trans.__('Method')}
        value={filter.method}
        options={[['', trans.__('All')], ...METHODS.map(method => [method, method] as const)]}
        onChange={method => void model.setFilter({ method })}
      />
      <SelectField<IApiLogFilter['status']>
        label={trans.__('Status')}
        value={filter.status}
        options={[
          ['', trans.__('All')],
          ['2xx', trans.__('Answered (2xx)')],
          ['3xx', trans.__('Sent elsewhere (3xx)')],
          ['4xx', trans.__('Refused (4xx)')],
          ['5xx', trans.__('Failed (5xx)')]
        ]}
        onChange={status => void model.setFilter({ status })}
      />
      {(route || correlation_id) && (
        <Button
          title={trans.__('Show others again')}
          onClick={() => void model.setFilter({ route: '', correlation_id: '' })}
        >
          {trans.__('Only %1 ✕', route || correlation_id)}
        </Button>
      )}
    </>
  );
}
