/** The pages in the main area, the commands that open them, and their return after a reload. */
import {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ReactWidget } from '@jupyterlab/ui-components';

import { artifactsPage } from '../panels/artifacts';
import { automatePage } from '../panels/automate';
import { sessionPage } from '../panels/session';
import { sessionsPage } from '../panels/sessions';
import { triggersPage } from '../panels/triggers';
import { attempt } from '../parts/attempt';
import { automationIcon } from '../parts/icons';
import { CommandIDs, IAutomation, IPageArgs, NAMESPACE, PageName } from '../tokens';

type Page = MainAreaWidget<ReactWidget>;

const MAKERS: Record<PageName, (automation: IAutomation, args: IPageArgs) => ReactWidget> = {
  triggers: triggersPage,
  sessions: sessionsPage,
  session: sessionPage,
  artifacts: artifactsPage,
  automate: automatePage
};

/** The same arguments find the same tab; the lists have one tab each. */
function pageId(args: IPageArgs): string {
  const single = args.page === 'session' || args.page === 'automate';
  const subject = single ? (args.id ?? args.path ?? 'new') : '';
  return [NAMESPACE, args.page, subject.replace(/[^\w-]+/g, '-')].filter(Boolean).join('-');
}

function title(args: IPageArgs, { trans }: IAutomation): string {
  const titles: Record<PageName, string> = {
    triggers: trans.__('Triggers'),
    sessions: trans.__('Sessions'),
    session: trans.__('Session'),
    artifacts: trans.__('Artifacts'),
    automate: args.id ? trans.__('Edit Trigger') : trans.__('Automate')
  };
  return titles[args.page];
}

export const pages: JupyterFrontEndPlugin<void> = {
  id: 'notebook-automation:pages',
  description: 'Triggers, sessions and artifacts as pages of the main area.',
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
    const tracker = new WidgetTracker<Page>({ namespace: NAMESPACE });
    const shown = new Map<string, IPageArgs>();
    const category = trans.__('Automation');

    const open = (args: IPageArgs): void => {
      const id = pageId(args);
      let page = tracker.find(widget => widget.id === id);
      // A list that is asked for another subject is drawn anew; as it stands, it is only shown.
      const asks = Boolean(args.id ?? args.trigger ?? args.status ?? args.session);
      if (page && asks && JSON.stringify(shown.get(id)) !== JSON.stringify(args)) {
        page.dispose();
        page = undefined;
      }
      if (!page) {
        const content = MAKERS[args.page](automation, args);
        content.title.label = title(args, automation);
        content.title.icon = automationIcon;
        content.title.closable = true;
        page = new MainAreaWidget({ content });
        page.id = id;
        shown.set(id, args);
        // Jupyter Notebook keeps its main area for the one document; it has a sidebar beside it.
        const area = lab ? 'main' : 'right';
        app.shell.add(page, area, args.page === 'automate' ? { mode: 'split-right' } : {});
        void tracker.add(page);
        page.disposed.connect(() => shown.delete(id));
      }
      app.shell.activateById(id);
    };

    app.commands.addCommand(CommandIDs.open, {
      label: args => {
        const name = title({ page: 'triggers', ...args }, automation);
        return args.isLauncher ? category : args.isPalette ? trans.__('Show %1', name) : name;
      },
      caption: trans.__('Triggers, sessions and artifacts of Notebook Automation'),
      icon: args => (args.isPalette ? undefined : automationIcon),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            page: { type: 'string', enum: Object.keys(MAKERS) },
            id: { type: 'string' },
            trigger: { type: 'string' },
            session: { type: 'string' },
            status: { type: 'string' },
            path: { type: 'string' }
          },
          required: ['page']
        }
      },
      execute: ({ page, id, trigger, status, session, path }) => {
        const args = { page, id, trigger, status, session, path };
        const set = Object.entries(args).filter(([, value]) => typeof value === 'string');
        open({ page: 'triggers', ...Object.fromEntries(set) });
      }
    });

    app.commands.addCommand(CommandIDs.runTrigger, {
      label: trans.__('Run Trigger'),
      describedBy: {
        args: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
      },
      execute: async args => {
        const { runTrigger } = await import('../panels/triggers/run');
        await attempt(() => runTrigger(automation, args.id as string));
      }
    });

    for (const page of ['triggers', 'sessions', 'artifacts'] as const) {
      palette?.addItem({ command: CommandIDs.open, category, args: { page, isPalette: true } });
    }
    launcher?.add({
      command: CommandIDs.open,
      category: trans.__('Other'),
      rank: 10,
      args: { page: 'triggers', isLauncher: true }
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.open,
        args: page => ({ ...shown.get(page.id) }),
        name: page => page.id
      });
    }
  }
};
