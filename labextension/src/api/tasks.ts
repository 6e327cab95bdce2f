/** Tasks: triggers with a schedule, and those that call an API. */
import { IClient } from './client';
import { components } from './schema';

type Schemas = components['schemas'];
export type ITask = Schemas['Task'];
export type ITaskBody = Schemas['TaskBody'];
export type ITaskChange = Schemas['TaskChange'];
export type ITaskConfig = Schemas['TaskConfig'];

export function createTask(client: IClient, body: ITaskBody): Promise<ITask> {
  return client.send('POST', 'tasks', body);
}

export function updateTask(client: IClient, id: string, body: ITaskChange): Promise<ITask> {
  return client.send('PATCH', `tasks/${id}`, body);
}
