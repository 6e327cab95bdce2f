/** The bar above a list: how much of it is selected, what can be done with that, and exports. */
import { Notification } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { downloadIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Channel } from '../../api/change-types';
import { attempt } from '../../parts/attempt';
import { Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { Column, csv, save } from './export';
import { IFailure, ListModel } from './model';
import { toJson } from '../../api/json';

/** How many different error messages a notification shows. */
const SHOWN_ERRORS = 3;

/** An action on all that is selected. */
export interface IBulkAction<T> {
  label: string;
  danger?: boolean;
  /** Whether it applies to this item. */
  fits: (item: T) => boolean;
  /** Asks for confirmation; false cancels the action. */
  ask?: (items: readonly T[]) => Promise<boolean>;
  /**
   * What is done to each, one after the other, or to all of them at once; or one after the other with pauses, after
   * a question about all of them.
   */
  run: ((item: T) => Promise<unknown>) | { together: Together<T> } | { paced: Paced<T> };
}

/** Asks what is done to each, and with which pause (milliseconds); null where the user cancels. */
type Paced<T> = (
  items: readonly T[]
) => Promise<{ action: (item: T) => Promise<unknown>; pause: number } | null>;

/** Does something to all items at once; gives those that it failed for. */
type Together<T> = (items: readonly T[]) => Promise<readonly IFailure[]>;

interface IBarProps<T extends { id: string }, F extends object> {
  model: ListModel<T, F, Channel>;
  trans: TranslationBundle;
  actions: readonly IBulkAction<T>[];
  /** The columns of an exported file. */
  columns: readonly Column<T>[];
  /** Name of an exported file, without its extension. */
  file: string;
}

export function Bar<T extends { id: string }, F extends object>(
  props: IBarProps<T, F>
): JSX.Element {
  const { model, trans, actions, columns, file } = props;
  const { items, selected, bulk } = model;
  const [busy, run] = useBusy();
  const perform = async (action: IBulkAction<T>): Promise<void> => {
    const fitting = selected.filter(action.fits);
    if (action.ask && !(await action.ask(fitting))) {
      return;
    }
    const failures = await done(model, action, fitting);
    if (failures.length > 0) {
      const why = [...new Set(failures)].slice(0, SHOWN_ERRORS).join(' ');
      Notification.error(
        trans.__('%1: %2 of %3 refused. %4', action.label, failures.length, fitting.length, why),
        { autoClose: false }
      );
    }
  };
  const exportAs = async (end: 'csv' | 'json'): Promise<void> => {
    const rows = selected.length > 0 ? selected : await model.everything();
    const [text, type] =
      end === 'csv' ? [csv(rows, columns), 'text/csv'] : [toJson(rows, 2), 'application/json'];
    save(text, `${file}-${new Date().toISOString().slice(0, 10)}.${end}`, type);
  };
  return (
    <div className="na-Bar" role="group" aria-label={trans.__('The list as a whole')}>
      <label className="na-Bar-all">
        <PartialCheckbox
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
        <span>{countLabel(props)}</span>
      </label>
      {bulk && (
        <span className="na-Dim" role="status">
          {trans.__('%1: %2 of %3', bulk.label, bulk.done, bulk.total)}
        </span>
      )}
      {bulk?.paced && (
        <>
          <progress max={bulk.total} value={bulk.done} aria-label={bulk.label} />
          <Button onClick={() => model.cancelBulk()}>{trans.__('Cancel')}</Button>
        </>
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
            onClick={() => void run(() => attempt(() => exportAs(end)))}
          >
            {end.toUpperCase()}
          </Button>
        ))}
      </span>
    </div>
  );
}

/** Do what an action says; the error messages of those that it failed for. */
async function done<T extends { id: string }, F extends object>(
  model: ListModel<T, F, Channel>,
  { label, run }: IBulkAction<T>,
  items: readonly T[]
): Promise<string[]> {
  if (typeof run === 'function') {
    return model.each(label, items, run);
  }
  if ('together' in run) {
    return model.together(label, items, run.together);
  }
  const chosen = await run.paced(items);
  return chosen ? model.each(label, items, chosen.action, chosen.pause) : [];
}

/** "3 of 50 selected", or how many there are to select. */
function countLabel<T extends { id: string }, F extends object>(props: IBarProps<T, F>): string {
  const { model, trans } = props;
  const shown = model.items.length;
  const chosen = model.selected.length;
  if (chosen > 0) {
    return trans.__('%1 of %2 selected', chosen, shown);
  }
  return model.more ? trans.__('Select all %1 shown', shown) : trans.__('Select all %1', shown);
}

/** A checkbox that is neither on nor off while only a part is selected. */
function PartialCheckbox(props: {
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
