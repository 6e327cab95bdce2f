/** Asks once for the answer that several inquiries get. */
import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IAnswerBody, IInquiry } from '../../api/inquiries';
import { AreaField, SelectField } from '../../forms/fields';
import { initial, options } from '../../forms/schema';
import { SchemaForm } from '../../forms/schema-form';
import { IAutomation } from '../../tokens';

/** The answer that was given for all of them; null where the user cancels. */
export async function askForAll(
  inquiries: readonly IInquiry[],
  decision: 'approve' | 'reject' | null,
  automation: IAutomation
): Promise<IAnswerBody | null> {
  const { trans } = automation;
  const count = inquiries.length;
  const labels = {
    approve: [trans._n('Approve %1 inquiry?', 'Approve %1 inquiries?', count), trans.__('Approve')],
    reject: [trans._n('Reject %1 inquiry?', 'Reject %1 inquiries?', count), trans.__('Reject')],
    value: [trans._n('Answer %1 inquiry', 'Answer %1 inquiries', count), trans.__('Answer')]
  };
  const [title, label] = labels[decision ?? 'value'];
  const ok = decision === 'reject' ? Dialog.warnButton : Dialog.okButton;
  const answer = await new Dialog({
    title,
    body: new AnswerForm(inquiries, decision, automation),
    focusNodeSelector: '.na-AnswerForm :is(input, select, textarea)',
    buttons: [Dialog.cancelButton(), ok({ label })]
  }).launch();
  return answer.button.accept ? answer.value : null;
}

class AnswerForm extends ReactWidget implements Dialog.IBodyWidget<IAnswerBody> {
  constructor(
    private readonly _inquiries: readonly IInquiry[],
    decision: 'approve' | 'reject' | null,
    private readonly _automation: IAutomation
  ) {
    super();
    this.addClass('na-RunForm');
    this.addClass('na-AnswerForm');
    const [{ schema, proposed }] = _inquiries;
    this._body = decision
      ? { decision }
      : { value: options(schema!)?.[0].value ?? initial(schema!, proposed) };
  }

  getValue(): IAnswerBody {
    return this._body;
  }

  private _body: IAnswerBody;

  protected override render(): JSX.Element {
    return (
      <AnswerFields
        inquiries={this._inquiries}
        initial={this._body}
        automation={this._automation}
        onChange={body => {
          this._body = body;
        }}
      />
    );
  }
}

function AnswerFields(props: {
  inquiries: readonly IInquiry[];
  initial: IAnswerBody;
  automation: IAutomation;
  onChange: (body: IAnswerBody) => void;
}): JSX.Element {
  const { inquiries, onChange } = props;
  const { trans } = props.automation;
  const [body, setBody] = React.useState(props.initial);
  const [{ schema }] = inquiries;
  const change = (patch: IAnswerBody): void => {
    const next = { ...body, ...patch };
    setBody(next);
    onChange(next);
  };
  const choices = schema && options(schema);
  return (
    <div className="na-Form">
      <ul className="na-AnswerForm-list" aria-label={trans.__('Inquiries')} tabIndex={0}>
        {inquiries.map(({ id, title }) => (
          <li key={id}>{title}</li>
        ))}
      </ul>
      {!body.decision && choices && (
        <SelectField
          label={trans.__('Answer')}
          value={String(choices.findIndex(({ value }) => value === body.value))}
          options={choices.map(({ label }, index) => [String(index), label] as const)}
          onChange={index => change({ value: choices[Number(index)].value })}
        />
      )}
      {!body.decision && schema && !choices && (
        <SchemaForm
          schema={schema}
          value={body.value}
          onChange={value => change({ value })}
          trans={trans}
        />
      )}
      <AreaField
        label={trans.__('Comment')}
        value={body.comment ?? ''}
        help={trans.__('The session and the record have it; may stay empty')}
        onChange={comment => change({ comment })}
      />
    </div>
  );
}
