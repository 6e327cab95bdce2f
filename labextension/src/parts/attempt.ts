/** Actions whose failure is shown to the user. */
import { Notification } from '@jupyterlab/apputils';

import { messageOf } from '../api/request';

/** Run `action`; a failure is shown as a notification, and gives null. */
export async function attempt<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    Notification.error(messageOf(error), { autoClose: false });
    return null;
  }
}
