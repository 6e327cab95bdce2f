/** A notebook's parameters as fields of their types. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IParameterField } from '../api/projects';
import { AreaField, CheckField, TextField } from './fields';
import { Drafts, asText } from './values';

interface IParameterProps {
  fields: readonly IParameterField[];
  drafts: Drafts;
  errors: Record<string, string>;
  onChange: (name: string, text: string) => void;
  trans: TranslationBundle;
}

export function ParameterFields(props: IParameterProps): JSX.Element {
  return (
    <div className="na-Fields">
      {props.fields.map(field => (
        <ParameterInput key={field.name} {...props} field={field} />
      ))}
    </div>
  );
}

function ParameterInput(props: IParameterProps & { field: IParameterField }): JSX.Element {
  const { field, drafts, errors, onChange, trans } = props;
  const value = drafts[field.name] ?? '';
  const change = (text: string): void => onChange(field.name, text);
  const standard = asText(field.default, field);
  const kind = field.type === 'any' || field.type === 'null' ? '' : field.type;
  const changed = value !== standard && standard !== '' ? trans.__('default: %1', standard) : '';
  const help = [field.help, kind, changed].filter(Boolean).join(' · ') || null;
  if (field.type === 'boolean') {
    return (
      <CheckField
        label={field.name}
        checked={value === 'true'}
        onChange={checked => change(String(checked))}
        help={[field.help, changed].filter(Boolean).join(' · ')}
      />
    );
  }
  const shared = { label: field.name, value, onChange: change, help, error: errors[field.name] };
  if (field.type === 'array' || field.type === 'object' || value.includes('\n')) {
    return <AreaField {...shared} />;
  }
  return <TextField {...shared} code={field.type !== 'string'} placeholder={standard} />;
}
