/** A JSON value as a tree: what is large is folded, and a value can be clicked on. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { toJson } from '../api/json';
import { member } from '../forms/cel';

/** Levels that are open at first, members that are shown of each, and characters of a text. */
const OPEN = 2;
const MEMBERS = 100;
const CHARACTERS = 300;

interface ITreeProps {
  value: unknown;
  /** The CEL expression that stands for `value`. */
  path: string;
  /** What a click on a value does. */
  onPick: (path: string, value: unknown) => void;
  /** Whether a click on a value has been made use of. */
  isPicked: (path: string, value: unknown) => boolean;
  trans: TranslationBundle;
}

export function JsonTree(props: ITreeProps & { label: string }): JSX.Element {
  const { value, label } = props;
  return (
    <div className="na-Tree" role="group" aria-label={label}>
      {isBranch(value) ? (
        <Members {...props} value={value} depth={0} />
      ) : (
        <Leaf {...props} name={null} />
      )}
    </div>
  );
}

type Branch = Record<string, unknown> | readonly unknown[];

function isBranch(value: unknown): value is Branch {
  return typeof value === 'object' && value !== null;
}

function Members(props: ITreeProps & { value: Branch; depth: number }): JSX.Element {
  const { value, path, depth, trans } = props;
  const [shown, setShown] = React.useState(MEMBERS);
  const all: [string | number, unknown][] = Array.isArray(value)
    ? value.map((item, index): [number, unknown] => [index, item])
    : Object.entries(value);
  const hidden = all.length - shown;
  return (
    <ul>
      {all.length === 0 && <li className="na-Dim">{trans.__('empty')}</li>}
      {all.slice(0, shown).map(([key, item]) => {
        const below = { ...props, path: member(path, key), name: String(key) };
        return (
          <li key={key}>
            {isBranch(item) ? (
              <Folded {...below} value={item} depth={depth + 1} />
            ) : (
              <Leaf {...below} value={item} />
            )}
          </li>
        );
      })}
      {hidden > 0 && (
        <li>
          <button
            type="button"
            className="na-Link"
            onClick={() => setShown(shown + Math.max(MEMBERS, shown))}
          >
            {trans.__('%1 more…', hidden)}
          </button>
        </li>
      )}
    </ul>
  );
}

function Folded(props: ITreeProps & { value: Branch; name: string; depth: number }): JSX.Element {
  const { value, name, depth, trans } = props;
  const [open, setOpen] = React.useState(depth <= OPEN);
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  const size = Array.isArray(value)
    ? trans._n('%1 item', '%1 items', count)
    : trans._n('%1 field', '%1 fields', count);
  return (
    <details open={open} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        <span className="na-Tree-name">{name}</span> <span className="na-Dim">{size}</span>
      </summary>
      {open && <Members {...props} />}
    </details>
  );
}

function Leaf(props: ITreeProps & { name: string | null }): JSX.Element {
  const { name, value, path, onPick, isPicked, trans } = props;
  const text = toJson(value) ?? 'null';
  const short = text.length > CHARACTERS ? `${text.slice(0, CHARACTERS)}…` : text;
  const picked = isPicked(path, value);
  return (
    <>
      {name !== null && <span className="na-Tree-name">{name}</span>}
      <button
        type="button"
        className="na-Tree-value"
        data-type={value === null ? 'null' : typeof value}
        aria-pressed={picked}
        title={
          picked
            ? trans.__('Not only events with this %1', path)
            : trans.__('Only events with this %1', path)
        }
        onClick={() => onPick(path, value)}
      >
        {short}
      </button>
    </>
  );
}
