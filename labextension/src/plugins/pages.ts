/** The pages in the main area, the command that opens them, and their return after a reload. */
import {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { DocumentRegistry } from '@jupyterlab/docregistry';
import { ILauncher } from '@jupyterlab/launcher';
import { ReactWidget } from '@jupyterlab/ui-components';
import { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { IPageDescription, PageArgs, argsOf, tabId } from '../panels/page';
import { PAGES, pageNamed } from '../panels/pages';
import { automationIcon } from '../parts/icons';
import { CommandIDs, IAutomation, NAMESPACE } from '../tokens';

type Tab = MainAreaWidget<ReactWidget>;

export const pages: JupyterFrontEndPlugin<void> = {
  id: 'notebook-automation:pages',
  description: 'The pages of the main area.',
  autoStart: true,
  requires: [IAutomation],
  optional: [ILabShell, ILayoutRestorer, ICommandPalette, ILauncher],
  activate: (
    app: JupyterFrontEnd,
    automation: IAutomation,
    lab: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null
  ): void => {
    const { trans } = automation;
    const category = trans.__('Automation');
    const tracker = new WidgetTracker<Tab>({ namespace: NAMESPACE });
    /** What each tab shows, as arguments of the command that opens it. */
    const shown = new Map<string, ReadonlyPartialJSONObject>();

    const add = (page: IPageDescription, args: PageArgs): void => {
      const content = page.create(automation, args);
      content.title.label = page.title(trans, args);
      content.title.icon = automationIcon;
      content.title.closable = true;
      const tab: Tab = new MainAreaWidget({ content });
      tab.id = tabId(page, args);
      shown.set(tab.id, { page: page.name, ...args });
      // Where a page of ours is, the next one opens too, rather than splitting the screen again.
      const before = tracker.currentWidget ?? tracker.find(({ isAttached }) => isAttached);
      const place: DocumentRegistry.IOpenOptions = before?.isAttached
        ? { mode: 'tab-after', ref: before.id }
        : page.beside
          ? { mode: 'split-right' }
          : {};
      // Jupyter Notebook keeps its main area for the one document; it has a sidebar beside it.
      app.shell.add(tab, lab ? 'main' : 'right', lab ? place : {});
      void tracker.add(tab);
      tab.disposed.connect(() => shown.delete(tab.id));
    };

    const open = (page: IPageDescription, args: PageArgs): void => {
      const id = tabId(page, args);
      const tab = tracker.find(widget => widget.id === id);
      // A list that is opened with other arguments is drawn anew; without any, it stays as it is.
      const other = JSON.stringify(shown.get(id)) !== JSON.stringify({ page: page.name, ...args });
      if (tab && other && Object.values(args).some(Boolean)) {
        tab.dispose();
      }
      if (!shown.has(id)) {
        add(page, args);
      }
      app.shell.activateById(id);
    };

    app.commands.addCommand(CommandIDs.open, {
      label: args => {
        const page = pageNamed(args.page);
        const title = page.title(trans, argsOf(page, args));
        return args.isLauncher ? category : args.isPalette ? trans.__('Show %1', title) : title;
      },
      caption: trans.__('Triggers, sessions and artifacts of Notebook Automation'),
      icon: args => (args.isPalette ? undefined : automationIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            page: { type: 'string', enum: PAGES.map(page => page.name) },
            ...Object.fromEntries(
              PAGES.flatMap(page => page.args).map(name => [name, { type: 'string' }])
            )
          },
          required: ['page']
        }
      },
      execute: args => {
        const page = pageNamed(args.page);
        open(page, argsOf(page, args));
      }
    });

    for (const page of PAGES.filter(({ listed }) => listed)) {
      const args = { page: page.name, isPalette: true };
      palette?.addItem({ command: CommandIDs.open, category, args });
    }
    launcher?.add({
      command: CommandIDs.open,
      category: trans.__('Other'),
      rank: 10,
      args: { page: PAGES[0].name, isLauncher: true }
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.open,
        args: tab => shown.get(tab.id) ?? {},
        name: tab => tab.id
      });
    }
  }
};
