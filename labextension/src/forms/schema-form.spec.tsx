import { nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { ISchema } from '../api/inquiries';
import { pass } from '../testing/clock';
import { SchemaForm } from './schema-form';

const trans = nullTranslator.load('notebook_automation');

/** The form as its caller has it: it holds the value, and gives it back. */
function Held(props: {
  schema: ISchema;
  proposed: unknown;
  refused?: { path: string; message: string };
  onChange: (value: unknown) => void;
}): JSX.Element {
  const [value, setValue] = React.useState(props.proposed);
  return (
    <SchemaForm
      schema={props.schema}
      value={value}
      proposed={props.proposed}
      refused={props.refused}
      onChange={next => {
        setValue(next);
        props.onChange(next);
      }}
      trans={trans}
    />
  );
}

describe('SchemaForm', () => {
  let widget: ReactWidget;
  let value: unknown;
  const show = async (schema: ISchema, proposed: unknown): Promise<HTMLElement> => {
    value = proposed;
    widget = ReactWidget.create(
      <Held schema={schema} proposed={proposed} onChange={next => (value = next)} />
    );
    Widget.attach(widget, document.body);
    await pass(10);
    return widget.node;
  };
  const type = async (
    input: HTMLInputElement | HTMLTextAreaElement,
    text: string
  ): Promise<void> => {
    const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value')!;
    set!.call(input, text);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await pass(10);
  };

  afterEach(() => widget.dispose());

  const schema: ISchema = {
    type: 'object',
    required: ['amount'],
    properties: {
      amount: { type: 'integer', title: 'Amount', minimum: 0 },
      note: { type: 'string' },
      to: { type: 'object', properties: { region: { enum: ['emea', 'apac'] } } }
    }
  };

  it('labels each field, begins with what was proposed, and marks what is changed', async () => {
    const node = await show(schema, { amount: 100, note: 'x', to: { region: 'emea' } });
    const amount = node.querySelector<HTMLInputElement>('[data-field="amount"] input')!;
    expect(amount.value).toBe('100');
    expect(amount.labels![0].textContent).toContain('Amount');
    expect(node.querySelectorAll('[data-changed]')).toHaveLength(0);
    expect(node.querySelector('form')).toBeNull();

    await type(amount, '80');
    expect(value).toEqual({ amount: 80, note: 'x', to: { region: 'emea' } });
    const changed = [...node.querySelectorAll('[data-changed]')];
    expect(changed.map(field => field.getAttribute('data-field'))).toEqual(['amount']);
    expect(changed[0].textContent).toContain('proposed: 100');
    await type(amount, '100');
    expect(node.querySelectorAll('[data-changed]')).toHaveLength(0);
  });

  it('says at a field why the server refuses it', async () => {
    const refused = { path: 'to.region', message: "'x' is not one of emea, apac" };
    widget = ReactWidget.create(
      <Held
        schema={schema}
        proposed={{ amount: 1, to: { region: 'emea' } }}
        refused={refused}
        onChange={() => undefined}
      />
    );
    Widget.attach(widget, document.body);
    await pass(10);
    const [alert, ...others] = widget.node.querySelectorAll('[role="alert"]');
    expect(others).toEqual([]);
    expect(alert.textContent).toBe(refused.message);
    const field = alert.closest<HTMLElement>('[data-field]')!;
    expect(field.dataset.field).toBe('to.region');
    // The control is described by what is wrong with it.
    expect(field.querySelector('select')!.getAttribute('aria-describedby')).toContain(alert.id);
  });

  it('takes JSON where a form cannot draw the schema', async () => {
    const node = await show({}, undefined);
    const area = node.querySelector('textarea')!;
    await type(area, '{"a": [1, 2');
    expect(value).toBeUndefined();
    expect(node.textContent).toContain('This is not JSON.');
    await type(area, '{"a": [1, 2]}');
    expect(value).toEqual({ a: [1, 2] });
  });
});
