/** A cell that registers or runs its notebook finds it saved: a session runs the file, not what is on the screen. */
import { IOpenDocuments } from './documents';
import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

/** Lines by which a cell registers or runs the notebook that it is in. */
const MAGICS = /^[ \t]*%%?(trigger|automation[ \t]+run)\b/m;

/** Whether a cell's text registers or runs its notebook. */
export function runsItsNotebook(source: string): boolean {
  return MAGICS.test(source);
}

/** Save a changed notebook when such a cell is about to run, and tell its kernel to wait for it. */
export function saveBeforeMagics(notebooks: INotebookTracker, documents: IOpenDocuments): void {
  NotebookActions.executionScheduled.connect((_, { notebook, cell }) => {
    const panel = notebooks.find(({ content }) => content === notebook);
    if (!panel || !runsItsNotebook(cell.model.sharedModel.getSource())) {
      return;
    }
    if (panel.context.model.dirty) {
      announce(panel);
    }
    // That something could not be saved, Lab shows itself; the kernel gives up waiting for its notebook.
    void documents.save(panel.context.path.replace(/^RTC:/, '')).catch(() => undefined);
  });
}

/**
 * Tell the kernel which file is being replaced. The request for the cell comes after this one, and a kernel takes them
 * in order: the cell knows that a save is under way.
 */
function announce({ context, sessionContext }: NotebookPanel): void {
  const before = JSON.stringify(context.contentsModel?.last_modified ?? '');
  const module = '__import__("notebook_automation.magics.unsaved", fromlist=["expect_save"])';
  sessionContext.session?.kernel?.requestExecute(
    {
      code: `${module}.expect_save(${before})`,
      silent: true,
      store_history: false,
      stop_on_error: false
    },
    true
  );
}
