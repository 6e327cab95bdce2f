/** Buttons, a switch, a banner, an empty state: what every panel is made of. */
import { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { toJson } from '../api/json';

interface IIconButtonProps {
  icon: LabIcon;
  label: string;
  onClick: (event: React.MouseEvent) => void;
  disabled?: boolean;
  pressed?: boolean;
  expanded?: boolean;
  danger?: boolean;
}

/** A button with an icon only; `label` is its name and its tooltip. */
export function IconButton(props: IIconButtonProps): JSX.Element {
  return (
    <button
      type="button"
      className={`na-IconButton${props.danger ? ' na-mod-danger' : ''}`}
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <props.icon.react tag="span" />
    </button>
  );
}

interface IButtonProps {
  onClick?: () => void;
  disabled?: boolean;
  accept?: boolean;
  warn?: boolean;
  icon?: LabIcon;
  submit?: boolean;
  title?: string;
  children: React.ReactNode;
}

export function Button(props: IButtonProps): JSX.Element {
  const look = props.accept ? 'na-mod-accept' : props.warn ? 'na-mod-warn' : '';
  return (
    <button
      type={props.submit ? 'submit' : 'button'}
      className={`na-Button ${look}`}
      disabled={props.disabled}
      title={props.title}
      onClick={props.onClick}
    >
      {props.icon && <props.icon.react tag="span" />}
      <span>{props.children}</span>
    </button>
  );
}

/** A switch that takes effect at once, without saving. */
export function Switch(props: {
  checked: boolean;
  label: string;
  disabled?: boolean;
  onChange: (checked: boolean) => void;
}): JSX.Element {
  return (
    <button
      type="button"
      role="switch"
      className="na-Switch"
      aria-checked={props.checked}
      aria-label={props.label}
      title={props.label}
      disabled={props.disabled}
      onClick={() => props.onChange(!props.checked)}
    >
      <span />
    </button>
  );
}

/** A message above a panel's content. */
export function Banner(props: {
  tone: 'bad' | 'warn' | 'info';
  children: React.ReactNode;
}): JSX.Element {
  return (
    <div
      className={`na-Banner na-mod-${props.tone}`}
      role={props.tone === 'bad' ? 'alert' : 'status'}
    >
      {props.children}
    </div>
  );
}

/** What a list shows when there is nothing in it: why, and the line that changes it. */
export function Empty(props: { title: string; children?: React.ReactNode }): JSX.Element {
  return (
    <div className="na-Empty">
      <p className="na-Empty-title">{props.title}</p>
      {props.children}
    </div>
  );
}

/** The banner of a model that is offline or has an error. */
export function Trouble(props: {
  model: { offline: boolean; error: string | null };
  trans: TranslationBundle;
}): JSX.Element | null {
  const { model, trans } = props;
  if (model.error) {
    return <Banner tone="bad">{model.error}</Banner>;
  }
  if (model.offline) {
    return (
      <Banner tone="warn">{trans.__('Offline: this is what was last seen. Reconnecting…')}</Banner>
    );
  }
  return null;
}

export function LoadMore(props: {
  more: boolean;
  loading: boolean;
  onClick: () => void;
  trans: TranslationBundle;
}): JSX.Element | null {
  if (!props.more) {
    return null;
  }
  return (
    <div className="na-LoadMore">
      <Button disabled={props.loading} onClick={props.onClick}>
        {props.loading ? props.trans.__('Loading…') : props.trans.__('Load more')}
      </Button>
    </div>
  );
}

/** A value of any JSON type, as indented text. */
export function Json(props: { value: unknown; label: string }): JSX.Element {
  return (
    <pre className="na-Json" tabIndex={0} aria-label={props.label}>
      {toJson(props.value, 2)}
    </pre>
  );
}

/** Names and values in two columns. */
export function Facts(props: { items: [string, React.ReactNode][] }): JSX.Element {
  return (
    <dl className="na-Facts">
      {props.items.map(([name, value]) => (
        <React.Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}
