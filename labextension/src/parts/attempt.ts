/** Actions that tell the user when they fail. */
import { Notification } from '@jupyterlab/apputils';

import { sentence } from '../api/request';

/** Do it; a failure becomes a notification with the server's sentence, and null. */
export async function attempt<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    Notification.error(sentence(error), { autoClose: false });
    return null;
  }
}
