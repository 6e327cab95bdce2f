/** The item in the status bar: how many run, how many failed today. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';

import { StatusItem, StatusModel } from '../panels/status';
import { CommandIDs, IAutomation } from '../tokens';

export const status: JupyterFrontEndPlugin<void> = {
  id: 'notebook-automation:status',
  description: 'Running and failed sessions in the status bar.',
  autoStart: true,
  requires: [IAutomation],
  optional: [IStatusBar],
  activate: (app: JupyterFrontEnd, automation: IAutomation, bar: IStatusBar | null): void => {
    if (!bar) {
      return;
    }
    const model = new StatusModel(automation.client, automation.changes);
    const item = new StatusItem(model, automation.trans, failed => {
      const args = failed ? { page: 'sessions', status: 'failed' } : { page: 'sessions' };
      void app.commands.execute(CommandIDs.open, args);
    });
    bar.registerStatusItem('notebook-automation:status', { align: 'left', rank: 20, item });
    void app.restored.then(() => model.setActive(true));
  }
};
