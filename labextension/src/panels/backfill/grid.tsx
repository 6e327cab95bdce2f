/** A square for each time of a schedule, coloured by what became of it; a range of them can be chosen. */
import * as React from 'react';

import { IAutomation } from '../../tokens';
import { BackfillModel } from './model';
import { ISquare, columnsOf, rowsOf } from './squares';
import { STATES, stateWords } from './words';

interface IGridProps {
  model: BackfillModel;
  automation: IAutomation;
}

export function Grid({ model, automation }: IGridProps): JSX.Element {
  const { trans } = automation;
  const rows = rowsOf(model.ticks, model.timezone);
  const columns = columnsOf(rows);
  const chosen = new Set(model.selection.map(({ at }) => at));
  return (
    <div className="na-Ticks-scroll">
      <table className="na-Ticks" aria-label={trans.__('Times and what became of them')}>
        {columns.length > 0 && (
          <thead>
            <tr>
              <td />
              {columns.map(name => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map(row => (
            <tr key={row.label}>
              <th scope="row">{row.label}</th>
              {columns.length > 0 ? (
                row.squares.map((square, nth) => (
                  <td key={nth}>
                    {square && <Square {...{ square, chosen, model, automation }} />}
                  </td>
                ))
              ) : (
                <td>
                  <span className="na-Ticks-row">
                    {row.squares.map(
                      square =>
                        square && (
                          <Square
                            key={square.tick.at}
                            {...{ square, chosen, model, automation, day: row.label }}
                          />
                        )
                    )}
                  </span>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Square(props: IGridProps & { square: ISquare; chosen: ReadonlySet<string> }): JSX.Element {
  const { square, chosen, model, automation } = props;
  const { tick, clock } = square;
  const day = new Intl.DateTimeFormat(undefined, {
    timeZone: model.timezone,
    dateStyle: 'medium'
  }).format(Date.parse(tick.at));
  const label = `${day} ${clock}: ${stateWords(tick.state, automation.trans)}`;
  return (
    <button
      type="button"
      className="na-Tick"
      data-state={tick.state}
      data-at={tick.at}
      title={label}
      aria-label={label}
      aria-pressed={chosen.has(tick.at)}
      onClick={event => model.choose(tick.at, event.shiftKey)}
    />
  );
}

/** What the colours and signs mean, with how many of each there are. */
export function Key({ model, automation }: IGridProps): JSX.Element {
  const shown = STATES.map(
    state => [state, model.ticks.filter(tick => tick.state === state).length] as const
  ).filter(([, count]) => count > 0);
  return (
    <ul className="na-Ticks-key" aria-label={automation.trans.__('Key')}>
      {shown.map(([state, count]) => (
        <li key={state}>
          <i className="na-Tick" data-state={state} aria-hidden="true" />
          {count} {stateWords(state, automation.trans)}
        </li>
      ))}
    </ul>
  );
}
