/** Opens a session that failed, or waits, as a notebook in the state before its failed cell; goes on with what it is. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, Notification, ToolbarButton, showDialog } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { runIcon, undoIcon, closeIcon } from '@jupyterlab/ui-components';

import { openLiveCopy, resumeSession } from '../api/checkpoints';
import { bringBack, sessionOfPanel } from '../live-copy';
import { attempt } from '../parts/attempt';
import { reveal } from '../reveal';
import { CommandIDs, IAutomation } from '../tokens';

export const live: JupyterFrontEndPlugin<void> = {
  id: 'notebook-automation:live',
  description: 'Opens durable sessions at their failed cell.',
  autoStart: true,
  requires: [IAutomation],
  optional: [INotebookTracker],
  activate: (
    app: JupyterFrontEnd,
    automation: IAutomation,
    notebooks: INotebookTracker | null
  ): void => {
    const { commands, trans, client } = automation;

    commands.addCommand(CommandIDs.openLive, {
      label: trans.__('Open a Session at Its Failed Cell'),
      describedBy: {
        args: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
      },
      execute: async args => {
        const id = args.id as string;
        const { path, cell } = await openLiveCopy(client, id);
        const panel: unknown = await commands.execute(CommandIDs.openFile, {
          path,
          factory: 'Notebook'
        });
        if (panel instanceof NotebookPanel) {
          await panel.context.ready;
          await restore(automation, panel, id);
          if (cell) {
            await reveal(panel, cell);
          }
        }
      }
    });

    notebooks?.widgetAdded.connect((_, panel) => {
      void panel.context.ready.then(() => {
        const id = panel.isDisposed ? null : sessionOfPanel(panel);
        if (id) {
          addButtons(app, automation, panel, id);
        }
      });
    });
  }
};

/** What is being done with the kernel of a live copy: a second restart waits for the first. */
const underWay = new WeakMap<NotebookPanel, Promise<void>>();
/** The restart of the kernel of a live copy, for which its end waits. */
const restarts = new WeakMap<NotebookPanel, Promise<void>>();
/** Milliseconds that the end of a kernel waits for its restart; then it is tried all the same. */
const RESTART = 15_000;

/** Bring the state back as soon as the kernel is free for it, and say how that went. */
function restore(automation: IAutomation, panel: NotebookPanel, id: string): Promise<void> {
  const before = underWay.get(panel) ?? Promise.resolve();
  const now = before.then(() => (panel.isDisposed ? undefined : restoreNow(automation, panel, id)));
  underWay.set(panel, now);
  return now;
}

/** Never rejects: a failure is shown. */
async function restoreNow({ trans }: IAutomation, panel: NotebookPanel, id: string): Promise<void> {
  const note = Notification.emit(trans.__('Bringing the state back…'), 'in-progress', {
    autoClose: false
  });
  // Where the kernel ends, nothing more is heard of it.
  panel.disposed.connect(() => Notification.dismiss(note));
  try {
    await bringBack(panel, id, restart => restarts.set(panel, restart));
    Notification.update({
      id: note,
      message: trans.__('The kernel is in the state before this cell.'),
      type: 'success',
      autoClose: 5000
    });
  } catch (error) {
    if (panel.isDisposed) {
      return;
    }
    Notification.update({
      id: note,
      message: (error as Error).message,
      type: 'error',
      autoClose: false
    });
  }
}

function addButtons(
  app: JupyterFrontEnd,
  automation: IAutomation,
  panel: NotebookPanel,
  id: string
): void {
  const { trans } = automation;
  const buttons: Record<string, ToolbarButton> = {
    'na-live-resume': new ToolbarButton({
      icon: runIcon,
      label: trans.__('Resume the session with this fix'),
      tooltip: trans.__(
        'Cells before the first that you edited are kept, the rest runs as it is here'
      ),
      onClick: () => void attempt(() => resumeWith(automation, panel, id))
    }),
    'na-live-restore': new ToolbarButton({
      icon: undoIcon,
      label: trans.__('Bring the state back'),
      tooltip: trans.__('Restart the kernel in the state before the failed cell'),
      onClick: () => void restore(automation, panel, id)
    }),
    'na-live-discard': new ToolbarButton({
      icon: closeIcon,
      label: trans.__('Discard'),
      tooltip: trans.__('End the kernel, and delete this notebook'),
      onClick: () => void attempt(() => discard(app, automation, panel))
    })
  };
  for (const [name, button] of Object.entries(buttons)) {
    panel.toolbar.insertBefore('spacer', name, button);
  }
}

/** Go on with the notebook as it is here, and show the session that does. */
async function resumeWith(
  { client, commands }: IAutomation,
  panel: NotebookPanel,
  id: string
): Promise<void> {
  await panel.context.save();
  const notebook = panel.context.path.replace(/^RTC:/, '');
  const next = await resumeSession(client, id, { notebook });
  await commands.execute(CommandIDs.open, { page: 'session', id: next.id });
}

async function discard(
  app: JupyterFrontEnd,
  { trans }: IAutomation,
  panel: NotebookPanel
): Promise<void> {
  const { path } = panel.context;
  const answer = await showDialog({
    title: trans.__('Discard this notebook?'),
    body: trans.__('%1 is deleted, and its kernel ended. The session stays as it is.', path),
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__('Discard') })],
    defaultButton: 0
  });
  if (!answer.button.accept) {
    return;
  }
  // Jupyter's server answers 500 to the end of a kernel that it is just restarting. What the kernel does after that
  // (it may hang while it brings the state back) ends with it.
  await Promise.race([
    restarts.get(panel)?.catch(() => undefined),
    new Promise(resolve => setTimeout(resolve, RESTART))
  ]);
  await panel.sessionContext.shutdown();
  panel.context.model.dirty = false;
  panel.dispose();
  await app.serviceManager.contents.delete(path);
}
