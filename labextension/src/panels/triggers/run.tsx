/** "Run now": asks for the parameters if there are any, fires the trigger or runs the notebook, tells of the session. */
import { Dialog, Notification } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { parseJson } from '../../api/json';
import { IParameterField, Values, calledFile, inspectNotebook } from '../../api/projects';
import { ApiError, messageOf } from '../../api/request';
import { startSession } from '../../api/sessions';
import { fireTrigger, getTrigger } from '../../api/triggers';
import { AreaField, CheckField } from '../../forms/fields';
import { ParameterFields } from '../../forms/parameters';
import { Drafts, changes, drafted } from '../../forms/values';
import { Banner } from '../../parts/controls';
import { CommandIDs, IAutomation } from '../../tokens';
import { durableHelp } from '../sessions/words';

/** Keys of errors that belong to no parameter: no parameter has such a name. */
const DATA = '';
const WHOLE = '*';

interface IRun {
  drafts: Drafts;
  /** The event's data as JSON text. */
  data: string;
  durable: boolean;
}

/** Rejects when the trigger or its notebook cannot be read, or the trigger cannot be fired. */
export async function runTrigger(automation: IAutomation, id: string): Promise<void> {
  const { client, trans } = automation;
  const trigger = await getTrigger(client, id);
  const called = await calledFile(client, trigger.project_id, trigger.call);
  await automation.documents.save(called?.file, called?.folder);
  const fields = trigger.notebook?.endsWith('.ipynb')
    ? (await inspectNotebook(client, trigger.notebook)).parameters
    : [];
  const example =
    trigger.type === 'webhook' ? '{"json": {"action": "opened"}}' : '{"key": "value"}';
  const question = {
    name: trigger.name,
    fields,
    parameters: trigger.parameters,
    placeholder: trigger.type === 'schedule' ? null : example
  };
  const fired = await ask(automation, question, ({ parameters, data }) =>
    fireTrigger(client, id, { parameters, ...(data === undefined ? {} : { data }) })
  );
  if (!fired) {
    return;
  }
  const [session] = fired.session_ids;
  if (!session) {
    Notification.info(trans.__('The event was recorded; its filter let no session start.'));
    return;
  }
  tell(automation, trigger.name, session);
}

/** Run a notebook (its path under the Jupyter root) once, without a trigger; rejects where it cannot be read or run. */
export async function runNotebook(automation: IAutomation, path: string): Promise<void> {
  await automation.documents.save(path);
  const { parameters: fields } = await inspectNotebook(automation.client, path);
  const name = path.split('/').pop()!;
  const question = { name, fields, parameters: {}, placeholder: null, offersDurable: true };
  const started = await ask(automation, question, ({ parameters, durable }) =>
    startSession(automation.client, { notebook: path, parameters, is_durable: durable })
  );
  if (started) {
    tell(automation, name, started.id);
  }
}

/** Say that it has started, with the way to its session. */
function tell({ commands, trans }: IAutomation, name: string, session: string): void {
  Notification.success(trans.__('%1 was started', name), {
    autoClose: 6000,
    actions: [
      {
        label: trans.__('Open session'),
        callback: () => void commands.execute(CommandIDs.open, { page: 'session', id: session })
      }
    ]
  });
}

/** What a run asks for. */
export interface IQuestion {
  name: string;
  /** What the dialog is called, and its button; *Run … now* where nothing is said. */
  title?: string;
  button?: string;
  fields: IParameterField[];
  /** Values that are filled in. */
  parameters: Values;
  /** An example of the event's data; null where there is no event. */
  placeholder: string | null;
  /** Whether to offer a durable run: a trigger says that itself. */
  offersDurable?: boolean;
}

/** What a run is started with. */
export interface IAsked {
  parameters: Values;
  data?: unknown;
  durable: boolean;
}

/**
 * Ask, and `start` with the answer; null when the user cancels. What the server refuses is said in the dialog, which
 * keeps what was typed. Without anything to ask, there is no dialog, and it rejects.
 */
export async function ask<T>(
  automation: IAutomation,
  question: IQuestion,
  start: (asked: IAsked) => Promise<T>
): Promise<T | null> {
  const { trans } = automation;
  const { name, fields, parameters, placeholder, offersDurable } = question;
  if (fields.length === 0 && placeholder === null) {
    return start({ parameters: {}, durable: false });
  }
  let run: IRun = { drafts: drafted(fields, parameters), data: '', durable: false };
  const before = run.drafts;
  let errors: Record<string, string> = {};
  for (;;) {
    const body = new RunForm(automation, fields, run, errors, placeholder, offersDurable ?? false);
    const dialog = new Dialog({
      title: question.title ?? trans.__('Run %1 now', name),
      body,
      focusNodeSelector: '.na-RunForm :is(input, textarea)',
      buttons: [
        Dialog.cancelButton(),
        Dialog.okButton({ label: question.button ?? trans.__('Run') })
      ]
    });
    const answer = await dialog.launch();
    if (!answer.button.accept || !answer.value) {
      return null;
    }
    run = answer.value;
    const { values, errors: unread } = changes(fields, before, run.drafts);
    const data = parsed(run.data);
    errors = data ? unread : { ...unread, [DATA]: trans.__('This is not JSON.') };
    if (data && Object.keys(errors).length === 0) {
      try {
        return await start({ parameters: values, data: data.value, durable: run.durable });
      } catch (error) {
        errors = { [refusedAt(error, fields)]: messageOf(error) };
      }
    }
  }
}

/** Where in the dialog an error of the server stands. */
function refusedAt(error: unknown, fields: readonly IParameterField[]): string {
  const field = error instanceof ApiError ? error.field.replace(/^parameters\./, '') : '';
  return fields.some(({ name, type }) => name === field && type !== 'boolean') ? field : WHOLE;
}

function parsed(text: string): { value: unknown } | null {
  if (text.trim() === '') {
    return { value: undefined };
  }
  try {
    return { value: parseJson(text) };
  } catch {
    return null;
  }
}

class RunForm extends ReactWidget implements Dialog.IBodyWidget<IRun> {
  constructor(
    private readonly _automation: IAutomation,
    private readonly _fields: IParameterField[],
    private _run: IRun,
    private readonly _errors: Record<string, string>,
    private readonly _placeholder: string | null,
    private readonly _offersDurable: boolean
  ) {
    super();
    this.addClass('na-RunForm');
  }

  getValue(): IRun {
    return this._run;
  }

  protected override render(): JSX.Element {
    return (
      <RunFields
        automation={this._automation}
        fields={this._fields}
        initial={this._run}
        errors={this._errors}
        placeholder={this._placeholder}
        offersDurable={this._offersDurable}
        onChange={run => {
          this._run = run;
        }}
      />
    );
  }
}

function RunFields(props: {
  automation: IAutomation;
  fields: IParameterField[];
  initial: IRun;
  errors: Record<string, string>;
  /** An example of the event's data; null for an event without data. */
  placeholder: string | null;
  offersDurable: boolean;
  onChange: (run: IRun) => void;
}): JSX.Element {
  const { fields, errors, onChange } = props;
  const { trans } = props.automation;
  const [run, setRun] = React.useState(props.initial);
  const change = (patch: Partial<IRun>): void => {
    const next = { ...run, ...patch };
    setRun(next);
    onChange(next);
  };
  return (
    <div className="na-Form">
      {errors[WHOLE] && <Banner tone="bad">{errors[WHOLE]}</Banner>}
      {fields.length > 0 && (
        <ParameterFields
          fields={fields}
          drafts={run.drafts}
          errors={errors}
          onChange={(name, text) => change({ drafts: { ...run.drafts, [name]: text } })}
          trans={trans}
        />
      )}
      {props.placeholder !== null && (
        <AreaField
          label={trans.__('Event data (JSON)')}
          value={run.data}
          error={errors[DATA]}
          help={trans.__('What na.event.data will be; may stay empty')}
          placeholder={props.placeholder}
          onChange={data => change({ data })}
        />
      )}
      {props.offersDurable && (
        <CheckField
          label={trans.__('Durable')}
          checked={run.durable}
          help={durableHelp(trans)}
          onChange={durable => change({ durable })}
        />
      )}
    </div>
  );
}
