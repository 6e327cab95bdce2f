/** The combinations of a sweep as a grid of two parameters, or as a list. */
import { toJson } from '../../api/json';
import { ISessionGroup } from '../../api/backfills';
import { ISweepResult } from '../../api/sweeps';

export interface IGrid {
  /** The headings: of a grid the second parameter's values, else the parameters. */
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly name: string;
    readonly cells: readonly (ISweepResult | null)[];
  }[];
  /** What the rows are of, and what the columns are of. */
  readonly corner: string;
}

/** A parameter's value for people. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : toJson(value);
}

/** The grid of a sweep over two parameters; of any other a row for each combination. */
export function gridOf(group: ISessionGroup, results: readonly ISweepResult[]): IGrid {
  const { sweep, zip } = group.asked as { sweep?: Record<string, unknown[]>; zip?: boolean };
  const axes = Object.entries(sweep ?? {});
  if (axes.length !== 2 || zip) {
    return {
      columns: [],
      corner: axes.map(([name]) => name).join(', '),
      rows: results.map(one => ({ name: one.name, cells: [one] }))
    };
  }
  const [[down], [across]] = axes;
  const texts = (name: string): string[] => [
    ...new Set(results.map(one => valueText(one.parameters[name])))
  ];
  const found = new Map(
    results.map(one => [
      JSON.stringify([valueText(one.parameters[down]), valueText(one.parameters[across])]),
      one
    ])
  );
  const columns = texts(across);
  return {
    columns,
    corner: `${down} \\ ${across}`,
    rows: texts(down).map(name => ({
      name,
      cells: columns.map(column => found.get(JSON.stringify([name, column])) ?? null)
    }))
  };
}
