/** Two drawings of a day: requests of each hour by how they ended, and how long answers took. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IHourFigures } from '../../api/api-logs';
import { milliseconds, scaleTop } from './figures';

const WIDTH = 480;
const HEIGHT = 120;
const LEFT = 44;
const BOTTOM = 18;
const TOP = 8;
/** An hour is named below every so many. */
const NAMED = 6;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

interface IChartProps {
  hours: readonly IHourFigures[];
  trans: TranslationBundle;
}

/** Bars: what was answered well, refused, failed. */
export function RequestsChart({ hours, trans }: IChartProps): JSX.Element {
  const most = Math.max(0, ...hours.map(hour => hour.requests));
  const top = scaleTop(most);
  const width = (WIDTH - LEFT) / hours.length;
  return (
    <Figure
      title={trans.__('Requests by hour')}
      label={trans.__('Requests of each of the last 24 hours; at most %1 in one hour', most)}
      legend={[
        ['good', trans.__('answered')],
        ['warn', trans.__('refused (4xx)')],
        ['bad', trans.__('failed (5xx)')]
      ]}
      hours={hours}
      topLabel={String(top)}
    >
      {hours.map((hour, index) => {
        const { client_errors: refused, server_errors: failed, requests } = hour;
        let y = HEIGHT - BOTTOM;
        const parts = [
          ['good', requests - refused - failed],
          ['warn', refused],
          ['bad', failed]
        ] as const;
        return (
          <g key={hour.start}>
            <title>
              {trans.__(
                '%1: %2 requests, %3 refused, %4 failed',
                clock.format(Date.parse(hour.start)),
                requests,
                refused,
                failed
              )}
            </title>
            <rect
              className="na-Chart-hover"
              x={LEFT + index * width}
              y={TOP}
              width={width}
              height={HEIGHT - BOTTOM - TOP}
            />
            {parts.map(([tone, count]) => {
              // What is there is seen, however little it is.
              const height = count > 0 ? Math.max(1.5, ((HEIGHT - BOTTOM - TOP) * count) / top) : 0;
              y -= height;
              return (
                <rect
                  key={tone}
                  className={`na-Chart-bar na-mod-${tone}`}
                  x={LEFT + index * width + 1.5}
                  y={y}
                  width={width - 3}
                  height={height}
                />
              );
            })}
          </g>
        );
      })}
    </Figure>
  );
}

const LINES = [
  ['p50_ms', 'na-mod-p50', 'p50'],
  ['p95_ms', 'na-mod-p95', 'p95'],
  ['p99_ms', 'na-mod-p99', 'p99']
] as const;

/** Lines: what half, 95 and 99 of a hundred requests did not exceed. */
export function LatencyChart({ hours, trans }: IChartProps): JSX.Element {
  const most = Math.max(0, ...hours.map(hour => hour.p99_ms ?? 0));
  const top = scaleTop(most);
  const width = (WIDTH - LEFT) / hours.length;
  const at = (index: number, ms: number): string =>
    `${LEFT + (index + 0.5) * width},${HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * ms) / top}`;
  return (
    <Figure
      title={trans.__('Time to answer by hour')}
      label={trans.__(
        'Time to answer in each of the last 24 hours; 99 of 100 requests took at most %1',
        milliseconds(most)
      )}
      legend={LINES.map(([, tone, name]) => [tone.slice('na-mod-'.length), name])}
      hours={hours}
      topLabel={milliseconds(top)}
    >
      {LINES.map(([field, tone]) => (
        <g key={field} className={`na-Chart-line ${tone}`}>
          {runs(hours.map(hour => hour[field])).map(run => (
            <polyline key={run[0][0]} points={run.map(([index, ms]) => at(index, ms)).join(' ')} />
          ))}
          {hours.map(
            (hour, index) =>
              hour[field] !== null && (
                <circle
                  key={hour.start}
                  cx={at(index, hour[field]).split(',')[0]}
                  cy={at(index, hour[field]).split(',')[1]}
                  r={2}
                >
                  <title>
                    {`${clock.format(Date.parse(hour.start))}: ${milliseconds(hour[field])}`}
                  </title>
                </circle>
              )
          )}
        </g>
      ))}
    </Figure>
  );
}

/** Neighbours that have a value, with their places: a line is broken where nothing was measured. */
function runs(values: readonly (number | null)[]): [number, number][][] {
  const found: [number, number][][] = [];
  values.forEach((value, index) => {
    if (value === null) {
      return;
    }
    if (index > 0 && values[index - 1] !== null) {
      found[found.length - 1].push([index, value]);
    } else {
      found.push([[index, value]]);
    }
  });
  return found;
}

function Figure(props: {
  title: string;
  label: string;
  legend: readonly (readonly [tone: string, name: string])[];
  hours: readonly IHourFigures[];
  topLabel: string;
  children: React.ReactNode;
}): JSX.Element {
  const { hours } = props;
  const width = (WIDTH - LEFT) / hours.length;
  return (
    <figure className="na-Chart">
      <figcaption>
        <strong>{props.title}</strong>
        {props.legend.map(([tone, name]) => (
          <span key={tone} className="na-Chart-key">
            <i className={`na-mod-${tone}`} />
            {name}
          </span>
        ))}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={props.label}>
        {[0, 0.5, 1].map(part => {
          const y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * part;
          return <line key={part} className="na-Chart-grid" x1={LEFT} x2={WIDTH} y1={y} y2={y} />;
        })}
        <text x={LEFT - 6} y={TOP + 4} textAnchor="end">
          {props.topLabel}
        </text>
        <text x={LEFT - 6} y={HEIGHT - BOTTOM + 3} textAnchor="end">
          0
        </text>
        {hours.map(
          (hour, index) =>
            index % NAMED === 2 && (
              <text
                key={hour.start}
                x={LEFT + (index + 0.5) * width}
                y={HEIGHT - 4}
                textAnchor="middle"
              >
                {clock.format(Date.parse(hour.start))}
              </text>
            )
        )}
        {props.children}
      </svg>
    </figure>
  );
}
