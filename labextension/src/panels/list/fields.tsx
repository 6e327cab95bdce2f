/** What the lists have in their rows and filters: a checkbox, a search, choices. */
import { TranslationBundle } from '@jupyterlab/translation';
import { searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { Channel } from '../../api/change-types';
import { IProject } from '../../api/projects';
import { Field, SelectField } from '../../forms/fields';
import { ListModel } from './model';

/** The checkbox of one row. */
export function Select<T extends { id: string }, F extends object>(props: {
  model: ListModel<T, F, Channel>;
  item: T;
  name: string;
  trans: TranslationBundle;
}): JSX.Element {
  const { model, item } = props;
  const label = props.trans.__('Select %1', props.name);
  return (
    <input
      type="checkbox"
      className="na-Box"
      aria-label={label}
      title={label}
      checked={model.isSelected(item.id)}
      onChange={event => model.select([item.id], event.target.checked)}
    />
  );
}

export function SearchField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  trans: TranslationBundle;
}): JSX.Element {
  return (
    <label className="na-Search">
      <searchIcon.react tag="span" />
      <input
        type="search"
        className="na-Input"
        placeholder={props.trans.__('Search by name')}
        aria-label={props.label}
        value={props.value}
        onChange={event => props.onChange(event.target.value)}
      />
    </label>
  );
}

/** Offers all triggers, and the chosen one even if it was deleted. */
export function TriggerField(props: {
  value: string;
  triggers: readonly string[];
  onChange: (value: string) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { value, triggers, trans } = props;
  const offered = triggers.includes(value) || !value ? triggers : [value, ...triggers];
  return (
    <ChoiceField
      {...props}
      label={trans.__('Trigger')}
      choices={offered.map(ref => [ref, ref] as const)}
    />
  );
}

/** A choice of one of these, or of all. */
export function ChoiceField<T extends string>(props: {
  label: string;
  value: T | '';
  /** Each value with its label. */
  choices: readonly (readonly [T, string])[];
  /** What stands for all of them. */
  all?: string;
  onChange: (value: T | '') => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { label, value, choices, trans } = props;
  return (
    <SelectField<T | ''>
      label={label}
      value={value}
      options={[['', props.all ?? trans.__('All')], ...choices]}
      onChange={props.onChange}
    />
  );
}

/** A choice of projects by their ids. */
export function ProjectField(props: {
  value: string;
  projects: readonly IProject[];
  onChange: (id: string) => void;
  trans: TranslationBundle;
}): JSX.Element {
  const { projects, trans } = props;
  return (
    <ChoiceField
      {...props}
      label={trans.__('Project')}
      choices={projects.map(({ id, name }) => [id, name || '/'] as const)}
    />
  );
}

/** A word to look for, such as a tag; the list follows when the field is left, or by Enter. */
export function WordField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
}): JSX.Element {
  const [text, setText] = React.useState(props.value);
  const done = (): void => {
    if (text.trim() !== props.value) {
      props.onChange(text.trim());
    }
  };
  return (
    <Field label={props.label}>
      {field => (
        <input
          {...field}
          className="na-Input na-mod-short"
          value={text}
          spellCheck={false}
          onChange={event => setText(event.target.value)}
          onBlur={done}
          onKeyDown={event => event.key === 'Enter' && done()}
        />
      )}
    </Field>
  );
}
