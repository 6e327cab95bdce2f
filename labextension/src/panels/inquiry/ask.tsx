/** A dialog with a few fields of text. */
import { Dialog } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { AreaField, TextField } from '../../forms/fields';

interface IAskedField {
  name: string;
  label: string;
  help?: string;
  long?: boolean;
  type?: 'text' | 'datetime-local';
  required?: boolean;
}

interface IAsked {
  title: string;
  fields: readonly IAskedField[];
  ok: string;
  warn?: boolean;
}

type Given = Record<string, string>;

/** What was typed, trimmed; null where the user cancels. It asks again until every needed field has a text. */
export async function askFields(asked: IAsked, trans: TranslationBundle): Promise<Given | null> {
  const button = asked.warn ? Dialog.warnButton : Dialog.okButton;
  let given: Given = Object.fromEntries(asked.fields.map(({ name }) => [name, '']));
  let error: string | null = null;
  for (;;) {
    const answer = await new Dialog({
      title: asked.title,
      body: new Fields(asked.fields, given, error),
      focusNodeSelector: '.na-RunForm :is(input, textarea)',
      buttons: [Dialog.cancelButton(), button({ label: asked.ok })]
    }).launch();
    if (!answer.button.accept || !answer.value) {
      return null;
    }
    given = answer.value;
    if (asked.fields.every(({ name, required }) => !required || given[name].trim())) {
      return Object.fromEntries(Object.entries(given).map(([name, text]) => [name, text.trim()]));
    }
    error = trans.__('Fill this in.');
  }
}

class Fields extends ReactWidget implements Dialog.IBodyWidget<Given> {
  constructor(
    private readonly _fields: readonly IAskedField[],
    private _given: Given,
    private readonly _error: string | null
  ) {
    super();
    this.addClass('na-RunForm');
  }

  getValue(): Given {
    return this._given;
  }

  protected override render(): JSX.Element {
    return (
      <AskedFields
        fields={this._fields}
        initial={this._given}
        error={this._error}
        onChange={given => {
          this._given = given;
        }}
      />
    );
  }
}

function AskedFields(props: {
  fields: readonly IAskedField[];
  initial: Given;
  error: string | null;
  onChange: (given: Given) => void;
}): JSX.Element {
  const [given, setGiven] = React.useState(props.initial);
  return (
    <div className="na-Form">
      {props.fields.map(({ name, label, help, long, type, required }) => {
        const Input: typeof TextField = long ? AreaField : TextField;
        return (
          <Input
            key={name}
            label={label}
            value={given[name]}
            help={help}
            type={type}
            error={required && !given[name].trim() ? props.error : null}
            onChange={text => {
              const next = { ...given, [name]: text };
              setGiven(next);
              props.onChange(next);
            }}
          />
        );
      })}
    </div>
  );
}
