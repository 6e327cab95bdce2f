/** The overview in the left sidebar. */
import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';

import { overview } from '../panels/overview';
import { automationIcon } from '../parts/icons';
import { CommandIDs, IAutomation, NAMESPACE } from '../tokens';

/** Below Lab's own: files, running, table of contents, extensions. */
const RANK = 350;

export const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'notebook-automation:sidebar',
  description: 'What runs, what failed, and what fires next.',
  autoStart: true,
  requires: [IAutomation],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    automation: IAutomation,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const { trans } = automation;
    const panel = overview(automation);
    panel.id = `${NAMESPACE}-overview`;
    panel.title.icon = automationIcon;
    panel.title.caption = trans.__('Automation');
    panel.node.setAttribute('role', 'region');
    panel.node.setAttribute('aria-label', trans.__('Automation'));
    app.shell.add(panel, 'left', { rank: RANK });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(CommandIDs.overview, {
      label: trans.__('Show the Automation Sidebar'),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({ command: CommandIDs.overview, category: trans.__('Automation') });
  }
};
