/** A table: headings that sort it where it can be sorted, and rows of the same columns. */
import { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretUpIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ISort } from '../api/client';

/** A column as its heading says it. */
export interface IHeading {
  /** '' for a column that explains itself, such as one of buttons. */
  label: string;
  /** The class of its heading, which its cells have as well: it is laid out and left out by it. */
  className?: string;
  /** What the server calls it, to sort by it, and which way the first click sorts; absent: it cannot be sorted by. */
  sort?: ISort;
}

export function Table(props: {
  label: string;
  className: string;
  headings: readonly IHeading[];
  busy?: boolean;
  /** How it is sorted, and what sorts it otherwise; absent: it cannot be sorted. */
  sorting?: { sort: ISort; by: (heading: ISort) => void };
  trans: TranslationBundle;
  /** Its rows, as bodies of the table: a row and what opens beneath it belong together. */
  children: React.ReactNode;
}): JSX.Element {
  const { headings, sorting, trans } = props;
  // A table that is laid out as a grid is none for every browser: it says what it is.
  return (
    <table
      role="table"
      className={`na-Rows ${props.className}`}
      aria-label={props.label}
      aria-busy={props.busy}
    >
      <thead role="rowgroup">
        <tr role="row">
          {headings.map((heading, index) => (
            <Heading key={index} heading={heading} sorting={sorting} trans={trans} />
          ))}
        </tr>
      </thead>
      {props.children}
    </table>
  );
}

function Heading(props: {
  heading: IHeading;
  sorting?: { sort: ISort; by: (heading: ISort) => void };
  trans: TranslationBundle;
}): JSX.Element {
  const { sorting, trans } = props;
  const { label, className, sort } = props.heading;
  if (!label) {
    return <td role="cell" className={className} />;
  }
  if (!sorting || !sort) {
    return (
      <th role="columnheader" scope="col" className={className}>
        {label}
      </th>
    );
  }
  const order = sorting.sort.column === sort.column ? sorting.sort.order : null;
  const Icon = order === 'asc' ? caretUpIcon : caretDownIcon;
  return (
    <th
      role="columnheader"
      scope="col"
      className={className}
      aria-sort={order === null ? 'none' : order === 'asc' ? 'ascending' : 'descending'}
    >
      <button
        type="button"
        className="na-Sort"
        title={trans.__('Sort by %1', label)}
        onClick={() => sorting.by(sort)}
      >
        <span>{label}</span>
        <Icon.react tag="span" className="na-Sort-icon" />
      </button>
    </th>
  );
}

/** A cell; with `wide` it is as wide as the table. */
export function Cell(props: {
  className?: string;
  title?: string;
  wide?: boolean;
  children?: React.ReactNode;
}): JSX.Element {
  return (
    <td
      role="cell"
      className={props.wide ? `na-Rows-wide ${props.className ?? ''}` : props.className}
      title={props.title}
      // The grid makes it as wide as it is; the number is for what reads tables.
      colSpan={props.wide ? 99 : undefined}
    >
      {props.children}
    </td>
  );
}
