/** A value of a JSON Schema, asked for by JupyterLab's own form, or as JSON. */
import { TranslationBundle } from '@jupyterlab/translation';
import { FormComponent } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ISchema } from '../api/inquiries';
import { parseJson, toJson } from '../api/json';
import { AreaField, CheckField } from './fields';
import { drawable } from './schema';
import { OUTLINE_VALIDATOR } from './schema-match';
import { IRefused, SEPARATOR, TEMPLATES } from './schema-templates';

type FormProps = React.ComponentProps<typeof FormComponent>;

interface IValueProps {
  schema: ISchema;
  value: unknown;
  /** What was proposed: fields that differ from it are marked; undefined marks none. */
  proposed?: unknown;
  /** What the server refused: a part of the value by its names, such as `rows.0`, and why. */
  refused?: IRefused | null;
  onChange: (value: unknown) => void;
  trans: TranslationBundle;
}

/** The fields of a form that its caller has around it, with the way to write the value as JSON. */
export function SchemaForm(props: IValueProps): JSX.Element {
  const { schema, value, trans } = props;
  const canDraw = drawable(schema, value);
  const [asJson, setAsJson] = React.useState(!canDraw);
  return (
    <div className="na-SchemaForm">
      {asJson || !canDraw ? <JsonValue {...props} /> : <Fields {...props} />}
      {canDraw && schema.type === 'object' && (
        <CheckField label={trans.__('Write it as JSON')} checked={asJson} onChange={setAsJson} />
      )}
    </div>
  );
}

function Fields(props: IValueProps): JSX.Element {
  const { schema, value, proposed, refused, onChange, trans } = props;
  const prefix = React.useId();
  const formContext = React.useMemo(
    () => ({ trans, proposed, refused }),
    [trans, proposed, refused]
  );
  return (
    <FormComponent
      schema={schema as FormProps['schema']}
      formData={value as FormProps['formData']}
      onChange={event => onChange(event.formData)}
      validator={OUTLINE_VALIDATOR}
      templates={TEMPLATES}
      formContext={formContext}
      idPrefix={prefix}
      idSeparator={SEPARATOR}
      tagName="div"
      noValidate
      showErrorList={false}
    />
  );
}

function JsonValue(props: IValueProps): JSX.Element {
  const { value, onChange, trans } = props;
  const [text, setText] = React.useState(() => (value === undefined ? '' : toJson(value, 2)));
  const parsed = parse(text);
  return (
    <AreaField
      label={trans.__('Value (JSON)')}
      value={text}
      error={text.trim() && !parsed ? trans.__('This is not JSON.') : null}
      help={props.schema.description ?? null}
      onChange={next => {
        setText(next);
        onChange(parse(next)?.value);
      }}
    />
  );
}

function parse(text: string): { value: unknown } | null {
  try {
    return { value: parseJson(text) };
  } catch {
    return null;
  }
}
