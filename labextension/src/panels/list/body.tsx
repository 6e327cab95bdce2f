/** What the list pages share: the filter, the bar, a table that is sorted by its headings, "Load more". */
import { refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Channel } from '../../api/change-types';
import { attempt } from '../../parts/attempt';
import { Empty, IconButton, LoadMore, Trouble } from '../../parts/controls';
import { useNow } from '../../parts/hooks';
import { IHeading, Table } from '../../parts/table';
import { IAutomation } from '../../tokens';
import { Bar, IBulkAction } from './bar';
import { Column } from './export';
import { ListModel } from './model';

/** How often times are said anew, in milliseconds. */
const PACE = 20000;

interface IListPageProps<T extends { id: string }, F extends object> {
  model: ListModel<T, F, Channel>;
  automation: IAutomation;
  title: string;
  /** Name of the filter for screen readers. */
  filterLabel: string;
  filter: React.ReactNode;
  /** A button at the end of the head, which adds an item. */
  more?: React.ReactNode;
  /** What is said of all of them, above the list. */
  summary?: React.ReactNode;
  actions: readonly IBulkAction<T>[];
  headings: readonly IHeading[];
  /** The table's own class, by which its columns are laid out. */
  className: string;
  /** The columns of an exported file, and its name without an extension. */
  columns: readonly Column<T>[];
  file: string;
  /** What is said where the filter finds nothing. */
  noMatch: string;
  /** What is shown where there is nothing at all. */
  empty: React.ReactNode;
  /** How often the rows are drawn again, in milliseconds, where a time runs in them. */
  pace?: number;
  /**
   * An item's row, as a body of a table, or all rows where other things stand between them; `now` in milliseconds.
   */
  rows: { each: (item: T, now: number) => React.ReactNode } | ((now: number) => React.ReactNode);
}

export function ListPage<T extends { id: string }, F extends object>(
  props: IListPageProps<T, F>
): JSX.Element {
  const { model, automation } = props;
  const { trans } = automation;
  const nothing = model.items.length === 0;
  return (
    <div className="na-Page">
      <div className="na-Page-head">
        <h1>{props.title}</h1>
        <div className="na-Filter" role="search" aria-label={props.filterLabel}>
          {props.filter}
          <IconButton
            icon={refreshIcon}
            label={trans.__('Refresh')}
            onClick={() => void model.refresh()}
          />
          {props.more}
        </div>
      </div>
      <Trouble model={model} trans={trans} />
      {props.summary}
      {!nothing && <Bar {...props} trans={trans} />}
      {!nothing && <Rows {...props} />}
      {nothing && model.settled && (model.filtered ? <Empty title={props.noMatch} /> : props.empty)}
      <LoadMore
        more={model.more}
        loading={model.loadingMore}
        onClick={() => void attempt(() => model.loadMore())}
        trans={trans}
      />
    </div>
  );
}

function Rows<T extends { id: string }, F extends object>(
  props: IListPageProps<T, F>
): JSX.Element {
  const { model, rows } = props;
  const now = useNow(props.pace ?? PACE);
  return (
    <Table
      label={props.title}
      className={props.className}
      headings={props.headings}
      busy={model.loading}
      sorting={{ sort: model.sort, by: first => void model.sortBy(first) }}
      trans={props.automation.trans}
    >
      {typeof rows === 'function'
        ? rows(now)
        : model.items.map(item => (
            <React.Fragment key={item.id}>{rows.each(item, now)}</React.Fragment>
          ))}
    </Table>
  );
}
