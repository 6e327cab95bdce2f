/** Adds the drive of artifacts, and the command that opens one in Lab's own viewer. */
import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { IDocumentWidget } from '@jupyterlab/docregistry';
import { NotebookPanel } from '@jupyterlab/notebook';

import { ArtifactDrive, DRIVE_NAME } from '../drive';
import { reveal } from '../reveal';
import { SANDBOX_VIEWER, SandboxViewerFactory } from '../sandbox-viewer';
import { CommandIDs, IAutomation } from '../tokens';

/** An executed notebook is only read: it needs no kernel. */
const NO_KERNEL = { shouldStart: false, canStart: false, autoStartDefault: false };

/** Viewers for what Lab would open in an editor: artifacts are read-only. */
const READERS: readonly (readonly [RegExp, { factory: string }])[] = [
  [/\.html?$/i, { factory: SANDBOX_VIEWER }],
  [/\.(md|markdown)$/i, { factory: 'Markdown Preview' }]
];

export const drive: JupyterFrontEndPlugin<void> = {
  id: 'notebook-automation:drive',
  description: 'The read-only drive of what sessions made.',
  autoStart: true,
  requires: [IAutomation],
  optional: [ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    { trans }: IAutomation,
    restorer: ILayoutRestorer | null
  ): void => {
    app.serviceManager.contents.addDrive(new ArtifactDrive(app.serviceManager.serverSettings));
    addSandboxViewer(app, trans.__('HTML with its scripts, in a sandbox'), restorer);
    app.commands.addCommand(CommandIDs.openArtifact, {
      label: trans.__('Open Artifact'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: { type: 'string' },
            cell: { type: 'string', description: 'Id of a cell' }
          },
          required: ['path']
        }
      },
      execute: async args => {
        const path = `${DRIVE_NAME}:${args.path as string}`;
        const options = path.endsWith('.ipynb')
          ? { factory: 'Notebook', kernelPreference: NO_KERNEL }
          : (READERS.find(([name]) => name.test(path))?.[1] ?? {});
        const widget = (await app.commands.execute(CommandIDs.openFile, { path, ...options })) as
          IDocumentWidget | undefined;
        if (typeof args.cell === 'string' && widget instanceof NotebookPanel) {
          await reveal(widget, args.cell);
        }
      }
    });
    app.commands.addCommand(CommandIDs.openSource, {
      label: trans.__('Open Source Cell'),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            path: { type: 'string' },
            cell: { type: 'string', description: 'Id of a cell' },
            source: { type: 'string', description: 'Its source, where the id is not found' }
          },
          required: ['path', 'cell']
        }
      },
      execute: async args => {
        const { path, cell, source } = args as { path: string; cell: string; source?: string };
        const widget: unknown = await app.commands.execute(CommandIDs.openFile, { path });
        if (widget instanceof NotebookPanel) {
          await reveal(widget, cell, source);
        }
      }
    });
  }
};

/** Add the viewer of HTML that sessions made; what it shows is opened again with the page. */
function addSandboxViewer(
  app: JupyterFrontEnd,
  label: string,
  restorer: ILayoutRestorer | null
): void {
  const factory = new SandboxViewerFactory(label);
  const tracker = new WidgetTracker<IDocumentWidget>({ namespace: SANDBOX_VIEWER });
  const icon = app.docRegistry.getFileType('html')?.icon;
  factory.widgetCreated.connect((_, widget) => {
    widget.title.icon = icon;
    widget.context.pathChanged.connect(() => void tracker.save(widget));
    void tracker.add(widget);
  });
  app.docRegistry.addWidgetFactory(factory);
  void restorer?.restore(tracker, {
    command: CommandIDs.openFile,
    args: widget => ({ path: widget.context.path, factory: SANDBOX_VIEWER }),
    name: widget => widget.context.path
  });
}
