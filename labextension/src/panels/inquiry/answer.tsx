/** The form by which an inquiry is answered, or why it is not yours to answer. */
import * as React from 'react';

import { IAnswerBody, IInquiry, ISchema } from '../../api/inquiries';
import { ApiError, messageOf } from '../../api/request';
import { AreaField } from '../../forms/fields';
import { changedParts, initial, options } from '../../forms/schema';
import { IRefused } from '../../forms/schema-templates';
import { SchemaForm } from '../../forms/schema-form';
import { Banner, Button } from '../../parts/controls';
import { useBusy } from '../../parts/hooks';
import { IAutomation } from '../../tokens';
import { waitsFor } from '../inquiries/words';
import { InquiryModel } from './model';

interface IAnswerProps {
  inquiry: IInquiry;
  model: InquiryModel;
  automation: IAutomation;
  onAnswered: () => void;
  /** Called with a message; '' where there is nothing wrong any more. */
  onProblem: (message: string) => void;
}

export function Answer(props: IAnswerProps): JSX.Element {
  const { inquiry, automation } = props;
  const { trans } = automation;
  if (!inquiry.may_answer) {
    return (
      <Banner tone="info">
        {inquiry.why_not || trans.__('This waits for others: %1.', waitsFor(inquiry, trans))}
      </Banner>
    );
  }
  return <AnswerForm {...props} />;
}

function AnswerForm(props: IAnswerProps): JSX.Element {
  const { inquiry, model, automation, onAnswered, onProblem } = props;
  const { trans } = automation;
  const { schema, proposed, form } = inquiry;
  const choices = schema && form === 'value' ? options(schema) : null;
  const [comment, setComment] = React.useState('');
  const [value, setValue] = React.useState(() => (schema ? initial(schema, proposed) : undefined));
  const [refused, setRefused] = React.useState<IRefused | null>(null);
  const [busy, run] = useBusy();
  const frame = React.useRef<HTMLFormElement>(null);
  const send = (body: IAnswerBody): void =>
    void run(async () => {
      onProblem('');
      try {
        await model.answer({ ...body, comment: comment.trim() });
        onAnswered();
        setRefused(null);
      } catch (error) {
        const field = fieldOf(error, frame.current);
        setRefused(field && { path: field.dataset.field!, message: messageOf(error) });
        if (field) {
          field.querySelector<HTMLElement>('input, select, textarea')?.focus();
        } else {
          onProblem(messageOf(error));
        }
      }
    });
  /** What the button of the form itself sends; null where each choice has its own button. */
  const body: IAnswerBody | null =
    form === 'decision'
      ? { decision: 'approve' }
      : form === 'proposal'
        ? { decision: 'approve', value }
        : choices
          ? null
          : { value };
  const submit = (): void => {
    if (body && !busy && frame.current?.reportValidity()) {
      send(body);
    }
  };
  return (
    <form
      ref={frame}
      className="na-Inquiry-form"
      aria-label={trans.__('Your answer')}
      onSubmit={event => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={event => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault();
          submit();
        } else if (event.key === 'Enter' && event.target instanceof HTMLInputElement) {
          // Enter in a field would send an answer that is not finished.
          event.preventDefault();
        }
      }}
    >
      <h2>{trans.__('Your answer')}</h2>
      {schema && !choices && (
        <Value
          schema={schema}
          value={value}
          proposed={form === 'proposal' ? proposed : undefined}
          refused={refused}
          onChange={setValue}
          automation={automation}
        />
      )}
      <AreaField
        label={trans.__('Comment')}
        value={comment}
        help={trans.__('The session and the record have it; may stay empty')}
        onChange={setComment}
      />
      <div className="na-Actions" role="group" aria-label={trans.__('Answer')}>
        {choices?.map(option => (
          <Button key={option.label} disabled={busy} onClick={() => send({ value: option.value })}>
            {option.label}
          </Button>
        ))}
        {body && (
          <Button
            accept
            submit
            disabled={busy || (form === 'value' && value === undefined)}
            title={trans.__('Ctrl+Enter')}
          >
            {form === 'value' ? trans.__('Answer') : trans.__('Approve')}
          </Button>
        )}
        {form !== 'value' && (
          <Button warn disabled={busy} onClick={() => send({ decision: 'reject' })}>
            {trans.__('Reject')}
          </Button>
        )}
      </div>
      {body && (
        <p className="na-Dim na-Small">
          {form === 'value'
            ? trans.__('Ctrl+Enter answers.')
            : form === 'proposal' && changedParts(proposed, value).length > 0
              ? trans.__('Ctrl+Enter approves, with your changes.')
              : trans.__('Ctrl+Enter approves.')}
        </p>
      )}
    </form>
  );
}

/** The field of the form that the server refuses; null where it names none, or none is drawn. */
function fieldOf(error: unknown, form: HTMLElement | null): HTMLElement | null {
  const [group, ...path] = error instanceof ApiError ? error.field.split('.') : [];
  const fields = form?.querySelectorAll<HTMLElement>('[data-field]') ?? [];
  return group === 'value' && path.length > 0
    ? ([...fields].find(({ dataset }) => dataset.field === path.join('.')) ?? null)
    : null;
}

function Value(props: {
  schema: ISchema;
  value: unknown;
  proposed: unknown;
  refused: IRefused | null;
  onChange: (value: unknown) => void;
  automation: IAutomation;
}): JSX.Element {
  const { proposed, value, automation } = props;
  const { trans } = automation;
  const changed = proposed === undefined ? 0 : changedParts(proposed, value).length;
  return (
    <>
      <SchemaForm {...props} trans={trans} />
      {proposed !== undefined && (
        <p className="na-Dim" role="status">
          {changed === 0
            ? trans.__('As proposed')
            : trans._n('%1 value changed', '%1 values changed', changed)}
        </p>
      )}
    </>
  );
}
