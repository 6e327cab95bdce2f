/** What the list pages share: the filter above, a bar to act on many and to take the list along, the rows, the end. */
import { Notification } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { downloadIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { attempt } from '../../parts/attempt';
import { Button, IconButton, LoadMore, Trouble } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { ListModel } from './model';
import { Column, csv, save } from './table';

/** How many sentences a notification quotes of those that refused. */
const QUOTED = 3;

/** What can be done to all that is selected. */
export interface IBulkAction<T> {
  label: string;
  danger?: boolean;
  /** Whether it can be done to this one. */
  fits: (item: T) => boolean;
  /** Asks before it is done; false leaves everything as it is. */
  ask?: (items: readonly T[]) => Promise<boolean>;
  run: (item: T) => Promise<unknown>;
}

interface IListPageProps<T extends { id: string }, F extends object> {
  model: ListModel<T, F>;
  trans: TranslationBundle;
  title: string;
  /** Name of the filter for screen readers. */
  filterLabel: string;
  filter: React.ReactNode;
  /** What the head ends with: a button that makes one more. */
  more?: React.ReactNode;
  actions: readonly IBulkAction<T>[];
  columns: readonly Column<T>[];
  /** Name of an exported file, without its end. */
  file: string;
  /** What is shown when there is nothing. */
  empty: React.ReactNode;
  /** The rows. */
  children: React.ReactNode;
}

/** Whoever draws this draws it again when the model changes (`useChanged`). */
export function ListPage<T extends { id: string }, F extends object>(
  props: IListPageProps<T, F>
): JSX.Element {
  const { model, trans } = props;
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
      {!nothing && <Bar {...props} />}
      {!nothing && props.children}
      {nothing && model.settled && props.empty}
      <LoadMore
        more={model.more}
        loading={model.loadingMore}
        onClick={() => void attempt(() => model.loadMore())}
        trans={trans}
      />
    </div>
  );
}

function Bar<T extends { id: string }, F extends object>(props: IListPageProps<T, F>): JSX.Element {
  const { model, trans, actions, columns, file } = props;
  const { items, selected, bulk } = model;
  const [busy, run] = useBusy();
  const perform = async (action: IBulkAction<T>): Promise<void> => {
    const fitting = selected.filter(action.fits);
    if (action.ask && !(await action.ask(fitting))) {
      return;
    }
    const refused = await model.each(action.label, fitting, action.run);
    if (refused.length > 0) {
      const why = [...new Set(refused)].slice(0, QUOTED).join(' ');
      Notification.error(
        trans.__('%1: %2 of %3 refused. %4', action.label, refused.length, fitting.length, why),
        { autoClose: false }
      );
    }
  };
  const take = async (end: 'csv' | 'json'): Promise<void> => {
    const rows = selected.length > 0 ? selected : await model.everything();
    const [text, type] =
      end === 'csv'
        ? [csv(rows, columns), 'text/csv']
        : [JSON.stringify(rows, null, 2), 'application/json'];
    save(text, `${file}-${new Date().toISOString().slice(0, 10)}.${end}`, type);
  };
  return (
    <div className="na-Bar" role="group" aria-label={trans.__('The list as a whole')}>
      <label className="na-Bar-all">
        <PartlyBox
          checked={selected.length === items.length}
          partly={selected.length > 0}
          disabled={busy}
          onChange={checked =>
            model.select(
              items.map(item => item.id),
              checked
            )
          }
        />
        <span>{standing(props)}</span>
      </label>
      {bulk && (
        <span className="na-Dim" role="status">
          {trans.__('%1: %2 of %3', bulk.label, bulk.done, bulk.total)}
        </span>
      )}
      {selected.length > 0 &&
        !bulk &&
        actions.map(action => {
          const count = selected.filter(action.fits).length;
          return (
            <Button
              key={action.label}
              warn={action.danger}
              disabled={busy || count === 0}
              onClick={() => void run(() => perform(action))}
            >
              {count < selected.length && count > 0 ? `${action.label} (${count})` : action.label}
            </Button>
          );
        })}
      <span className="na-Bar-export">
        {(['csv', 'json'] as const).map(end => (
          <Button
            key={end}
            icon={downloadIcon}
            disabled={busy}
            title={
              selected.length > 0
                ? trans.__('Download what is selected as %1', end.toUpperCase())
                : trans.__('Download everything that the filter finds as %1', end.toUpperCase())
            }
            onClick={() => void run(() => attempt(() => take(end)))}
          >
            {end.toUpperCase()}
          </Button>
        ))}
      </span>
    </div>
  );
}

/** "3 of 50 selected", or how many there are. */
function standing<T extends { id: string }, F extends object>(props: IListPageProps<T, F>): string {
  const { model, trans } = props;
  const shown = model.items.length;
  const chosen = model.selected.length;
  if (chosen > 0) {
    return trans.__('%1 of %2 selected', chosen, shown);
  }
  return model.more ? trans.__('Select all %1 shown', shown) : trans.__('Select all %1', shown);
}

/** A checkbox that is neither on nor off while a part is selected. */
function PartlyBox(props: {
  checked: boolean;
  partly: boolean;
  disabled: boolean;
  onChange: (checked: boolean) => void;
}): JSX.Element {
  const box = React.useRef<HTMLInputElement>(null);
  const partly = props.partly && !props.checked;
  React.useEffect(() => {
    if (box.current) {
      box.current.indeterminate = partly;
    }
  }, [partly]);
  return (
    <input
      ref={box}
      type="checkbox"
      className="na-Box"
      checked={props.checked}
      disabled={props.disabled}
      onChange={event => props.onChange(event.target.checked)}
    />
  );
}
