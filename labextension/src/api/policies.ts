/** Policies of a project: how many of its sessions may run, and what waits for each. */
import { IClient, IPage } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type IProjectPolicy = Schemas['ProjectPolicy'];
export type IQueuedSession = Schemas['QueuedSession'];

function at(project: string, name: string): string {
  return `projects/${project}/policies/${encodeURIComponent(name)}`;
}

/** By name. */
export async function listPolicies(
  client: IClient,
  project: string
): Promise<readonly IProjectPolicy[]> {
  return (await client.get<IPage<IProjectPolicy>>(`projects/${project}/policies`)).items;
}

/** The first of the sessions that wait for a policy, in the order in which they came. */
export async function listQueue(
  client: IClient,
  project: string,
  name: string
): Promise<readonly IQueuedSession[]> {
  return (await client.get<IPage<IQueuedSession>>(`${at(project, name)}/queue`)).items;
}

export function setPolicy(
  client: IClient,
  project: string,
  name: string,
  body: Schemas['ProjectPolicyBody']
): Promise<IProjectPolicy> {
  return client.send('PUT', at(project, name), body);
}

export function deletePolicy(client: IClient, project: string, name: string): Promise<null> {
  return client.send('DELETE', at(project, name));
}
