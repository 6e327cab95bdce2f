/** A live copy: a notebook that was opened from a session, and the state of that session in its kernel. */
import { NotebookPanel } from '@jupyterlab/notebook';
import { Kernel } from '@jupyterlab/services';

const MARK = 'notebook_automation';
const SESSION = /^ses_[0-9a-z]+$/;

/** The session that a notebook's metadata says it was opened from; null for any other. */
export function sessionOf(mark: unknown): string | null {
  const id = (mark as { session?: unknown } | null | undefined)?.session;
  return typeof id === 'string' && SESSION.test(id) ? id : null;
}

/** The session that an open notebook is a live copy of. */
export function sessionOfPanel(panel: NotebookPanel): string | null {
  return sessionOf(panel.model?.getMetadata(MARK));
}

/**
 * Make the kernel, which is started anew, what the session's was; rejects with the kernel's words. `restarting` is
 * given what is done until the kernel has restarted: what comes after it may take as long as it likes, and ends with
 * the kernel.
 */
export async function bringBack(
  panel: NotebookPanel,
  id: string,
  restarting: (restart: Promise<void>) => void
): Promise<void> {
  const restart = restarted(panel);
  restarting(restart.then(() => undefined));
  const kernel = await restart;
  const module = '__import__("notebook_automation.magics.live_state", fromlist=["open_at"])';
  const { content } = await kernel.requestExecute({
    code: `${module}.open_at("${id}")`,
    silent: true,
    store_history: false,
    stop_on_error: false
  }).done;
  if (content.status === 'error') {
    throw new Error(`${content.ename}: ${content.evalue}`);
  }
}

async function restarted(panel: NotebookPanel): Promise<Kernel.IKernelConnection> {
  const { sessionContext } = panel;
  await sessionContext.ready;
  const { kernel } = sessionContext.session ?? {};
  if (!kernel) {
    throw new Error('The notebook has no kernel: choose one, and try again.');
  }
  await kernel.restart();
  return kernel;
}
