/** The command that runs a trigger now. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { attempt } from '../parts/attempt';
import { CommandIDs, IAutomation } from '../tokens';

export const triggers: JupyterFrontEndPlugin<void> = {
  id: 'notebook-automation:triggers',
  description: 'Runs a trigger now, after asking for its parameters.',
  autoStart: true,
  requires: [IAutomation],
  activate: (app: JupyterFrontEnd, automation: IAutomation): void => {
    app.commands.addCommand(CommandIDs.runTrigger, {
      label: automation.trans.__('Run Trigger'),
      describedBy: {
        args: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
      },
      execute: async args => {
        const { runTrigger } = await import('../panels/triggers/run');
        await attempt(() => runTrigger(automation, args.id as string));
      }
    });
  }
};
