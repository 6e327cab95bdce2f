/** Makes an event the one of an open notebook's kernel, as `%automation replay --here` does. */
import { ISessionContext } from '@jupyterlab/apputils';
import { KernelMessage } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';

import { IEvent } from './api/events';
import { toJson } from './api/json';

/** An expression that leaves no name behind. What JSON calls a text, Python calls one too. */
export function simulation(event: IEvent): string {
  const text = toJson(toJson(event));
  return `__import__("notebook_automation.sdk.context", fromlist=["context"]).simulate(__import__("json").loads(${text}))`;
}

/** Rejects, saying why, where there is no kernel of Python, or one that does not know the product. */
export async function simulateEvent(
  context: ISessionContext,
  event: IEvent,
  trans: TranslationBundle
): Promise<void> {
  // One that has just been opened is still starting its kernel.
  await context.ready;
  const kernel = context.session?.kernel;
  if (!kernel) {
    throw new Error(trans.__('The notebook has no kernel: start one, then replay the event.'));
  }
  const { language_info } = await kernel.info;
  if (language_info.name !== 'python') {
    throw new Error(trans.__('na.event is for notebooks in Python.'));
  }
  const { content } = await kernel.requestExecute({
    code: simulation(event),
    silent: false,
    store_history: false,
    stop_on_error: false
  }).done;
  if (content.status === 'error') {
    const { ename, evalue } = content as KernelMessage.IReplyErrorContent;
    throw new Error(trans.__('The kernel says: %1', `${ename}: ${evalue}`));
  }
}
