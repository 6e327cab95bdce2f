/** Labelled fields: what every form is made of. */
import * as React from 'react';

interface IFieldProps {
  label: string;
  help?: string | null;
  error?: string | null;
  children: (props: {
    id: string;
    'aria-describedby': string | undefined;
    'aria-invalid': boolean | undefined;
  }) => React.ReactNode;
}

/** A label, a control, and beneath it the error, or else the help. */
export function Field(props: IFieldProps): JSX.Element {
  const id = React.useId();
  const note = props.error || props.help;
  return (
    <div className={`na-Field${props.error ? ' na-mod-error' : ''}`}>
      <label htmlFor={id}>{props.label}</label>
      {props.children({
        id,
        'aria-describedby': note ? `${id}-note` : undefined,
        'aria-invalid': props.error ? true : undefined
      })}
      {note && (
        <span id={`${id}-note`} className="na-Field-note">
          {note}
        </span>
      )}
    </div>
  );
}

interface ITextProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  help?: string | null;
  error?: string | null;
  placeholder?: string;
  type?: 'text' | 'password' | 'time' | 'datetime-local' | 'number';
  code?: boolean;
  required?: boolean;
  options?: readonly string[];
  min?: number;
  max?: number;
}

export function TextField(props: ITextProps): JSX.Element {
  const list = React.useId();
  return (
    <Field label={props.label} help={props.help} error={props.error}>
      {field => (
        <>
          <input
            {...field}
            className={`na-Input${props.code ? ' na-mod-code' : ''}`}
            type={props.type ?? 'text'}
            value={props.value}
            placeholder={props.placeholder}
            required={props.required}
            min={props.min}
            max={props.max}
            list={props.options ? list : undefined}
            spellCheck={false}
            autoComplete={props.type === 'password' ? 'new-password' : 'off'}
            onChange={event => props.onChange(event.target.value)}
          />
          {props.options && (
            <datalist id={list}>
              {props.options.map(option => (
                <option key={option} value={option} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Field>
  );
}

export function AreaField(
  props: Pick<ITextProps, 'label' | 'value' | 'onChange' | 'help' | 'error' | 'placeholder'>
): JSX.Element {
  return (
    <Field label={props.label} help={props.help} error={props.error}>
      {field => (
        <textarea
          {...field}
          className="na-Input na-mod-code"
          rows={Math.min(8, Math.max(2, props.value.split('\n').length))}
          value={props.value}
          placeholder={props.placeholder}
          spellCheck={false}
          onChange={event => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function SelectField<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  help?: string | null;
}): JSX.Element {
  return (
    <Field label={props.label} help={props.help}>
      {field => (
        <select
          {...field}
          className="na-Input"
          value={props.value}
          onChange={event => props.onChange(event.target.value as T)}
        >
          {props.options.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function CheckField(props: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  help?: string;
}): JSX.Element {
  return (
    <div className="na-Check">
      <label>
        <input
          type="checkbox"
          checked={props.checked}
          onChange={event => props.onChange(event.target.checked)}
        />
        <span>{props.label}</span>
      </label>
      {props.help && <span className="na-Field-note">{props.help}</span>}
    </div>
  );
}

/** A choice of a few options, all of them visible. */
export function Choice<T extends string>(props: {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}): JSX.Element {
  const name = React.useId();
  return (
    <fieldset className="na-Choice">
      <legend>{props.label}</legend>
      {props.options.map(([value, label]) => (
        <label key={value} data-checked={value === props.value}>
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
          />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
