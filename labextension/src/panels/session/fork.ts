/** Fork a durable session with other parameters: asks for them, and from which cell on they are to hold. */
import { Notification } from '@jupyterlab/apputils';

import { IParameterField, calledFile, inspectNotebook } from '../../api/projects';
import { ISession } from '../../api/sessions';
import { IAutomation } from '../../tokens';
import { ask } from '../triggers/run';
import { SessionModel } from './model';

/** No parameter has such a name: a parameter is an identifier. */
const FROM = 'From cell';

/** Ask, and resolve to the session that goes on; null where the user cancels, or there is no parameter. */
export async function forkWithParameters(
  model: SessionModel,
  automation: IAutomation,
  session: ISession
): Promise<ISession | null> {
  const { client, trans } = automation;
  const called = await calledFile(client, session.project_id, session.call);
  const fields = called?.file.endsWith('.ipynb')
    ? (await inspectNotebook(client, called.file)).parameters
    : [];
  if (fields.length === 0) {
    Notification.info(trans.__('Its notebook has no parameters cell: there is nothing to change.'));
    return null;
  }
  const from: IParameterField = {
    name: FROM,
    type: 'integer',
    default: null,
    required: false,
    help: trans.__(
      'Empty: all from the cell that sets the parameters runs again. Else the cells before this one are kept, as they are with the old values.'
    )
  };
  return ask(
    automation,
    {
      name: session.call,
      title: trans.__('Fork with other parameters'),
      button: trans.__('Fork'),
      fields: [...fields, from],
      parameters: session.parameters,
      placeholder: null
    },
    ({ parameters: { [FROM]: cell, ...parameters } }) =>
      model.resume(
        typeof cell === 'number' ? { from_cell: cell, parameters } : { parameters },
        automation.documents
      )
  );
}
