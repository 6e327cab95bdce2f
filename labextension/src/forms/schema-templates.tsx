/** How the fields of JupyterLab's form for a JSON Schema are laid out: labelled, and marked where they are changed. */
import { TranslationBundle } from '@jupyterlab/translation';
import {
  FormComponent,
  addIcon,
  caretDownIcon,
  caretUpIcon,
  closeIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { Button, IconButton } from '../parts/controls';
import { asWords, changedParts, partAt } from './schema';

type Templates = NonNullable<React.ComponentProps<typeof FormComponent>['templates']>;
type FieldProps = React.ComponentProps<NonNullable<Templates['FieldTemplate']>>;
type ObjectProps = React.ComponentProps<NonNullable<Templates['ObjectFieldTemplate']>>;
type ArrayProps = React.ComponentProps<NonNullable<Templates['ArrayFieldTemplate']>>;

/** What stands between the names of a field's id. */
export const SEPARATOR = '/';

export interface IFormContext {
  trans: TranslationBundle;
  /** What was proposed; undefined where nothing was, and no field is marked. */
  proposed: unknown;
  refused?: IRefused | null;
}

/** A part of a value by its names, such as `rows.0`, and why it is refused. */
export interface IRefused {
  path: string;
  message: string;
}

/** Names on the way to a field; empty for the whole. */
function pathOf(id: string): string[] {
  return id.split(SEPARATOR).slice(1);
}

/** What was proposed for this field, where it is another value now; '' else. */
function proposedWords({ id, formData, formContext, schema }: FieldProps): string {
  const { trans, proposed } = formContext as IFormContext;
  if (proposed === undefined || schema.type === 'object' || schema.type === 'array') {
    return '';
  }
  const before = partAt(proposed, pathOf(id));
  return changedParts(before, formData).length === 0
    ? ''
    : before === undefined || before === null
      ? trans.__('not in what was proposed')
      : trans.__('proposed: %1', asWords(before));
}

function FieldTemplate(props: FieldProps): JSX.Element {
  const { id, schema, rawErrors, hidden, children } = props;
  const { trans, refused } = props.formContext as IFormContext;
  const path = pathOf(id).join('.');
  const [index] =
    /\d+$/.exec(id.endsWith(SEPARATOR + props.label.split('-').pop()) ? id : '') ?? [];
  const label = index === undefined ? props.label : trans.__('Item %1', Number(index) + 1);
  const required = props.required && index === undefined;
  if (hidden) {
    return <div hidden>{children}</div>;
  }
  const isGroup = schema.type === 'object' || schema.type === 'array';
  const isAdditional = '__additional_property' in schema;
  const changed = proposedWords(props);
  const errors = [...(rawErrors ?? []), ...(refused?.path === path ? [refused.message] : [])];
  // A checkbox has its label beside it already.
  const labelled = !isGroup && schema.type !== 'boolean' && props.displayLabel !== false && label;
  return (
    <div
      className={`na-Field${errors.length > 0 ? ' na-mod-error' : ''}`}
      data-field={path}
      data-changed={changed !== '' || undefined}
    >
      {isAdditional ? (
        <span className="na-SchemaForm-key">
          <input
            className="na-Input"
            aria-label={trans.__('Name')}
            defaultValue={label}
            onBlur={event => props.onKeyChange(event.target.value)}
          />
          <IconButton
            icon={closeIcon}
            label={trans.__('Remove %1', label)}
            onClick={props.onDropPropertyClick(label)}
          />
        </span>
      ) : (
        labelled && (
          <label htmlFor={id}>
            {label}
            {required && <span className="na-Dim na-Light"> {trans.__('(needed)')}</span>}
          </label>
        )
      )}
      {children}
      {errors.length > 0 && (
        <span className="na-Field-note" id={`${id}__error`} role="alert">
          {errors.join(' ')}
        </span>
      )}
      {!isGroup && schema.description && (
        <span className="na-Field-note" id={`${id}__description`}>
          {schema.description}
        </span>
      )}
      {changed && <span className="na-SchemaForm-changed">{changed}</span>}
    </div>
  );
}

function ObjectFieldTemplate(props: ObjectProps): JSX.Element {
  const { trans } = props.formContext as IFormContext;
  const { schema, title, properties, idSchema } = props;
  const isRoot = pathOf(idSchema.$id).length === 0;
  return (
    <fieldset className="na-SchemaForm-group" data-root={isRoot || undefined}>
      {!isRoot && title && <legend>{title}</legend>}
      {schema.description && <p className="na-Dim">{schema.description}</p>}
      {properties.map(({ content }) => content)}
      {schema.additionalProperties !== undefined && schema.additionalProperties !== false && (
        <span>
          <Button icon={addIcon} onClick={props.onAddClick(schema)}>
            {trans.__('Add a name')}
          </Button>
        </span>
      )}
    </fieldset>
  );
}

function ArrayFieldTemplate(props: ArrayProps): JSX.Element {
  const { trans } = props.formContext as IFormContext;
  const { items, title, schema, canAdd, onAddClick } = props;
  return (
    <fieldset className="na-SchemaForm-group">
      <legend>{title}</legend>
      {schema.description && <p className="na-Dim">{schema.description}</p>}
      {items.map(item => {
        const { index } = item;
        return (
          <div key={item.key} className="na-SchemaForm-item">
            {item.children}
            {item.hasMoveUp && (
              <IconButton
                icon={caretUpIcon}
                label={trans.__('Move item %1 up', index + 1)}
                onClick={item.onReorderClick(index, index - 1)}
              />
            )}
            {item.hasMoveDown && (
              <IconButton
                icon={caretDownIcon}
                label={trans.__('Move item %1 down', index + 1)}
                onClick={item.onReorderClick(index, index + 1)}
              />
            )}
            {item.hasRemove && (
              <IconButton
                icon={closeIcon}
                label={trans.__('Remove item %1', index + 1)}
                onClick={item.onDropIndexClick(index)}
              />
            )}
          </div>
        );
      })}
      {canAdd && (
        <span>
          <Button icon={addIcon} onClick={() => onAddClick()}>
            {trans.__('Add an item')}
          </Button>
        </span>
      )}
    </fieldset>
  );
}

export const TEMPLATES: Templates = { FieldTemplate, ObjectFieldTemplate, ArrayFieldTemplate };
