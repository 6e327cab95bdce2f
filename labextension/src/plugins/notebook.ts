/** "Automate" on a notebook's toolbar, in the file browser's context menu, and in the palette. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { FileDialog, IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { Contents } from '@jupyterlab/services';

import { DRIVE_NAME } from '../drive';
import { getEvent } from '../api/events';
import { attempt } from '../parts/attempt';
import { automationIcon } from '../parts/icons';
import { simulateEvent } from '../simulated-event';
import { saveBeforeMagics } from '../save-before-magics';
import { CommandIDs, IAutomation } from '../tokens';

export const notebook: JupyterFrontEndPlugin<void> = {
  // The toolbar button and the context menu are in schema/notebook.json.
  id: 'notebook-automation:notebook',
  description: 'Makes an automation of a notebook by a form.',
  autoStart: true,
  requires: [IAutomation],
  optional: [INotebookTracker, IDefaultFileBrowser, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    automation: IAutomation,
    notebooks: INotebookTracker | null,
    browser: IDefaultFileBrowser | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands } = app;
    const { trans } = automation;
    if (notebooks) {
      saveBeforeMagics(notebooks, automation.documents);
    }

    /** The path of the notebook in front. */
    const front = (): string | undefined => {
      const panel = notebooks?.currentWidget;
      return panel && panel === app.shell.currentWidget ? panel.context.path : undefined;
    };
    /** The same, if it is a file of the user's own. */
    const current = (): string | undefined => (isMade(front()) ? undefined : front());
    /** Whether a command is about something that a session made, which runs from where it came and not from here. */
    const isOfMade = (path: unknown): boolean => isMade((path as string | undefined) ?? front());
    const ofMade = trans.__(
      'A session made this notebook: automate or run the notebook that it ran, which its session names.'
    );
    notebooks?.currentChanged.connect(() => {
      commands.notifyCommandChanged(CommandIDs.automate);
      commands.notifyCommandChanged(CommandIDs.runNotebook);
    });

    const selected = (): Contents.IModel | undefined => {
      const [first] = browser?.selectedItems() ?? [];
      return first;
    };

    commands.addCommand(CommandIDs.automate, {
      label: args => (args.toolbar ? trans.__('Automate') : trans.__('Automate Notebook…')),
      caption: args =>
        isOfMade(args.path) ? ofMade : trans.__('Run this notebook on a schedule or on a webhook'),
      isEnabled: args => !isOfMade(args.path),
      icon: args => (args.toolbar ? automationIcon : undefined),
      describedBy: {
        args: {
          type: 'object',
          properties: { path: { type: 'string' }, toolbar: { type: 'boolean' } }
        }
      },
      execute: args => {
        const path = (args.path as string | undefined) ?? current();
        return commands.execute(CommandIDs.open, { page: 'automate', ...(path ? { path } : {}) });
      }
    });

    commands.addCommand(CommandIDs.automateSelected, {
      label: trans.__('Automate…'),
      icon: automationIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isVisible: () => selected()?.type === 'notebook' && !isMade(selected()?.path),
      execute: () => {
        const path = selected()?.path;
        return path && commands.execute(CommandIDs.automate, { path });
      }
    });

    const run = async (path: string | undefined): Promise<void> => {
      if (!path) {
        Notification.info(trans.__('Open a notebook, or select one in the file browser.'));
        return;
      }
      const { runNotebook } = await import('../panels/triggers/run');
      await attempt(() => runNotebook(automation, path));
    };

    commands.addCommand(CommandIDs.runNotebook, {
      label: trans.__('Run Notebook Once…'),
      caption: args =>
        isOfMade(args.path)
          ? ofMade
          : trans.__('Run this notebook in the background once, with its parameters'),
      isEnabled: args => !isOfMade(args.path),
      describedBy: { args: { type: 'object', properties: { path: { type: 'string' } } } },
      execute: args => run((args.path as string | undefined) ?? current())
    });

    commands.addCommand(CommandIDs.runSelected, {
      label: trans.__('Run Once…'),
      icon: automationIcon,
      describedBy: { args: { type: 'object', properties: {} } },
      isVisible: () => selected()?.type === 'notebook' && !isMade(selected()?.path),
      execute: () => run(selected()?.path)
    });

    commands.addCommand(CommandIDs.replayHere, {
      label: () => {
        const panel = notebooks?.currentWidget;
        return panel
          ? trans.__('na.event of %1', panel.context.path.split('/').pop()!)
          : trans.__('Replay into the open notebook');
      },
      describedBy: {
        args: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
      },
      isEnabled: () => Boolean(notebooks?.currentWidget),
      execute: async args => {
        const panel = notebooks?.currentWidget;
        if (panel) {
          const event = await getEvent(automation.client, args.id as string);
          await simulateEvent(panel.sessionContext, event, trans);
          Notification.success(
            trans.__('na.event of %1 is this event now', panel.context.path.split('/').pop()!),
            { autoClose: 5000 }
          );
        }
      }
    });

    commands.addCommand(CommandIDs.chooseNotebook, {
      label: trans.__('Choose a Notebook'),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => browser !== null,
      execute: async (): Promise<string | null> => {
        const chosen = await FileDialog.getOpenFiles({
          manager: browser!.model.manager,
          title: trans.__('Choose a notebook'),
          filter: item => (item.type === 'notebook' ? {} : null)
        });
        const [first] = chosen.button.accept ? (chosen.value ?? []) : [];
        return first?.path ?? null;
      }
    });

    palette?.addItem({
      command: CommandIDs.runNotebook,
      category: trans.__('Automation')
    });
    palette?.addItem({ command: CommandIDs.automate, category: trans.__('Automation') });
  }
};

/** Whether a path leads to what a session made: it is read-only. */
function isMade(path: string | undefined): boolean {
  return path?.startsWith(`${DRIVE_NAME}:`) ?? false;
}
