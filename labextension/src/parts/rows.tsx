/** What the rows of a list are made of: what leads each, its name, when it was, and what unfolds beneath it. */
import { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './controls';
import { Cell, IHeading } from './table';
import { When } from './when';

/** The heading above what leads the rows. */
export const LEAD: IHeading = { label: '' };

/** The heading above the buttons at their ends. */
export const ACTIONS: IHeading = { label: '', className: 'na-Rows-actions' };

/** The heading above the times of rows; newest first is how a list begins. */
export function whenHeading(label: string): IHeading & { label: string } {
  return { label, className: 'na-Rows-when', sort: { column: 'created', order: 'desc' } };
}

/** A row, as a body of the table that it is in, with what is unfolded beneath it. */
export function Row(props: {
  /** What it is of and its state, as attributes `data-…`. */
  data: Readonly<Record<string, string | boolean>>;
  /** A checkbox, an icon, buttons: what stands before its first column. */
  lead?: React.ReactNode;
  /** Its cells. */
  children: React.ReactNode;
  /** What is unfolded beneath it; absent, null or false: it is folded. */
  beneath?: React.ReactNode;
}): JSX.Element {
  const data = Object.entries(props.data).map(([name, value]) => [`data-${name}`, value]);
  return (
    <tbody role="rowgroup" {...Object.fromEntries(data)}>
      <tr role="row" className="na-Rows-line">
        {props.lead && <Cell className="na-Rows-lead">{props.lead}</Cell>}
        {props.children}
      </tr>
      {props.beneath && (
        <tr role="row">
          <Cell wide>{props.beneath}</Cell>
        </tr>
      )}
    </tbody>
  );
}

/** The button that unfolds a row, or folds it. */
export function Unfold(props: {
  open: boolean;
  onToggle: () => void;
  /** Whose details they are, where the rows would otherwise have the same name for screen readers. */
  name?: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { open, name, trans } = props;
  const [hide, show] =
    name === undefined
      ? [trans.__('Hide details'), trans.__('Show details')]
      : [trans.__('Hide details of %1', name), trans.__('Show details of %1', name)];
  return (
    <IconButton
      icon={open ? caretDownIcon : caretRightIcon}
      label={open ? hide : show}
      expanded={open}
      onClick={props.onToggle}
    />
  );
}

/** What a row is of, and beneath it what distinguishes it; a button where a click opens something. */
export function MainCell(props: {
  name: React.ReactNode;
  more?: React.ReactNode;
  title?: string;
  onClick?: () => void;
}): JSX.Element {
  const { name, more, title, onClick } = props;
  const words = (
    <>
      <strong>{name}</strong>
      {typeof more === 'string' ? <span className="na-Dim">{more}</span> : more}
    </>
  );
  return (
    <Cell>
      {onClick ? (
        <button type="button" className="na-Rows-main" title={title} onClick={onClick}>
          {words}
        </button>
      ) : (
        <span className="na-Rows-main" title={title}>
          {words}
        </span>
      )}
    </Cell>
  );
}

/** One line of words, cut off where there is no room. */
export function WordsCell(props: {
  /** The class of its column, by which it is left out where there is no room. */
  className: string;
  title?: string;
  children?: React.ReactNode;
}): JSX.Element {
  return (
    <Cell className={`${props.className} na-Rows-words`} title={props.title}>
      {props.children}
    </Cell>
  );
}

export function WhenCell(props: { at: string; now: number }): JSX.Element {
  return (
    <Cell className="na-Rows-when na-Dim">
      <When {...props} />
    </Cell>
  );
}
