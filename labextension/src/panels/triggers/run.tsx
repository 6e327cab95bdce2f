/** "Run now": asks for the parameters if there are any, fires the trigger or runs the notebook, tells of the session. */
import { Dialog, Notification } from '@jupyterlab/apputils';

import { parseJson } from '../../api/json';
import { IParameterField, Values, calledFile, inspectNotebook } from '../../api/projects';
import { ApiError, messageOf } from '../../api/request';
import { startSession } from '../../api/sessions';
import { fireTrigger, getTrigger } from '../../api/triggers';
import { changes, drafted } from '../../forms/values';
import { CommandIDs, IAutomation } from '../../tokens';
import { DATA, IQuestion, IRun, RunForm, WHOLE } from './run-form';

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
    placeholder: trigger.type === 'schedule' ? null : example,
    usualPriority: trigger.priority
  };
  const fired = await ask(automation, question, ({ parameters, data, priority }) =>
    fireTrigger(client, id, { parameters, priority, ...(data === undefined ? {} : { data }) })
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
  const question = {
    name,
    fields,
    parameters: {},
    placeholder: null,
    offersDurable: true,
    usualPriority: 0
  };
  const started = await ask(automation, question, ({ parameters, durable, priority }) =>
    startSession(automation.client, {
      notebook: path,
      parameters,
      is_durable: durable,
      ...(priority === null ? {} : { priority })
    })
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

/** What a run is started with. */
export interface IAsked {
  parameters: Values;
  data?: unknown;
  durable: boolean;
  /** Null for the usual one. */
  priority: number | null;
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
  const { name, fields, parameters, placeholder } = question;
  if (fields.length === 0 && placeholder === null) {
    return start({ parameters: {}, durable: false, priority: null });
  }
  let run: IRun = { drafts: drafted(fields, parameters), data: '', durable: false, priority: '' };
  const before = run.drafts;
  let errors: Record<string, string> = {};
  for (;;) {
    const body = new RunForm(automation, question, run, errors);
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
        const priority = run.priority.trim() ? Number(run.priority) : null;
        return await start({
          parameters: values,
          data: data.value,
          durable: run.durable,
          priority
        });
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
