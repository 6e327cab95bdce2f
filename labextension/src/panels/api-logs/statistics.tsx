/** What a day of requests comes to: the numbers, the drawings, the routes to look at. */
import * as React from 'react';

import { IApiSummary, IRouteFigures } from '../../api/api-logs';
import { Banner } from '../../parts/controls';
import { IAutomation } from '../../tokens';
import { SelectField } from '../../forms/fields';
import { LatencyChart, RequestsChart } from './chart';
import { Order, errorShare, milliseconds, ordered } from './figures';
import { ApiLogsModel } from './model';

/** Routes that are shown. */
const SHOWN = 8;

interface IStatisticsProps {
  summary: IApiSummary;
  model: ApiLogsModel;
  automation: IAutomation;
}

export function Statistics({ summary, model, automation }: IStatisticsProps): JSX.Element {
  const { trans } = automation;
  const { total } = summary;
  if (!summary.is_on) {
    return (
      <Banner tone="info">
        {trans.__('Requests are neither kept nor counted here (setting api_log).')}
      </Banner>
    );
  }
  return (
    <section className="na-Api-day" aria-label={trans.__('The last 24 hours')}>
      <dl className="na-Api-figures">
        <Figure name={trans.__('Requests')} value={total.requests.toLocaleString()} />
        <Figure name={trans.__('Errors')} value={errorShare(total)} />
        <Figure name="p50" value={milliseconds(total.p50_ms)} />
        <Figure name="p95" value={milliseconds(total.p95_ms)} />
        <Figure name="p99" value={milliseconds(total.p99_ms)} />
      </dl>
      {summary.dropped > 0 && (
        <Banner tone="warn">
          {trans.__(
            '%1 requests came too fast to be kept in the list below; they are counted here.',
            summary.dropped
          )}
        </Banner>
      )}
      <div className="na-Api-charts">
        <RequestsChart hours={summary.hours} trans={trans} />
        <LatencyChart hours={summary.hours} trans={trans} />
      </div>
      <Routes routes={summary.routes} model={model} automation={automation} />
    </section>
  );
}

function Figure({ name, value }: { name: string; value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Routes(props: {
  routes: readonly IRouteFigures[];
  model: ApiLogsModel;
  automation: IAutomation;
}): JSX.Element {
  const { model } = props;
  const { trans } = props.automation;
  const [order, setOrder] = React.useState<Order>('slowest');
  const shown = ordered(props.routes, order, SHOWN);
  return (
    <div className="na-Api-routes">
      <SelectField<Order>
        label={trans.__('Routes')}
        value={order}
        options={[
          ['slowest', trans.__('Slowest first (p95)')],
          ['failing', trans.__('With the most errors')],
          ['busiest', trans.__('With the most requests')]
        ]}
        onChange={setOrder}
      />
      {shown.length === 0 ? (
        <p className="na-Dim">{trans.__('There are none.')}</p>
      ) : (
        <table className="na-Api-table" aria-label={trans.__('Routes')}>
          <thead>
            <tr>
              <th scope="col">{trans.__('Route')}</th>
              <th scope="col">{trans.__('Requests')}</th>
              <th scope="col">{trans.__('Refused')}</th>
              <th scope="col">{trans.__('Failed')}</th>
              <th scope="col">p50</th>
              <th scope="col">p95</th>
              <th scope="col">p99</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(one => (
              <tr key={`${one.method} ${one.route}`}>
                <th scope="row">
                  <button
                    type="button"
                    className="na-Link"
                    title={trans.__('Show its requests')}
                    onClick={() =>
                      void model.setFilter({ route: one.route, method: one.method, path: '' })
                    }
                  >
                    {one.method} {one.route}
                  </button>
                </th>
                <td>{one.requests.toLocaleString()}</td>
                <td>{one.client_errors.toLocaleString()}</td>
                <td>{one.server_errors.toLocaleString()}</td>
                <td>{milliseconds(one.p50_ms)}</td>
                <td>{milliseconds(one.p95_ms)}</td>
                <td>{milliseconds(one.p99_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
