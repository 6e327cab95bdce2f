/** Notifications: what people were told, who hears of what in a project, and whether a way works. */
import { IClient, IPage } from './client';
import { Query } from './request';
import type { components } from './schema';

type Schemas = components['schemas'];

export type INotification = Schemas['Notification'];
export type NotificationState = INotification['state'];
export type NotificationChannel = INotification['channel'];
export type NotifyReason = INotification['reason'];
/** Who hears of what, if which condition holds. */
export type INotifyRule = Schemas['NotifyRule'];
export type ITestResult = Schemas['TestResult'];

export function listNotifications(client: IClient, query: Query): Promise<IPage<INotification>> {
  return client.get('notifications', query);
}

/** Who hears of what in a project, for triggers that do not say it themselves. */
export async function getNotify(client: IClient, project: string): Promise<readonly INotifyRule[]> {
  return (await client.get<Schemas['Notify']>(`projects/${project}/notify`)).notify;
}

export async function setNotify(
  client: IClient,
  project: string,
  notify: readonly INotifyRule[]
): Promise<readonly INotifyRule[]> {
  const path = `projects/${project}/notify`;
  return (await client.send<Schemas['Notify']>('PUT', path, { notify })).notify;
}

/** Send a test message to a recipient, such as `email:ana`, with a project's secrets. */
export function testRecipient(client: IClient, project: string, to: string): Promise<ITestResult> {
  return client.send('POST', 'notifications/test', { project, to });
}
