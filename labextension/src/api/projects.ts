/** Projects: what the server finds in their notebooks. */
import { IClient, IPage } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];

export type IInspection = Schemas['Inspection'];
export type IParameterField = Schemas['Parameter'];
/** Parameters by name. */
export type Values = Record<string, unknown>;

/** Parameters, handlers and kernel of a notebook; `path` is under the Jupyter root. */
export function inspectNotebook(client: IClient, path: string): Promise<IInspection> {
  return client.get('projects/inspect', { path });
}

export type IProject = Schemas['Project'];
export type IVariable = Schemas['Variable'];

/** Most items that the server returns in one page. */
const LARGEST_PAGE = 200;

export function getProject(client: IClient, id: string): Promise<IProject> {
  return client.get(`projects/${id}`);
}

/** The file that a call of a project names and the project's folder, by their paths under the Jupyter root. */
export interface ICalled {
  readonly file: string;
  readonly folder: string;
}

/** How the call of a session reads that calls an API, and no file. */
const API_CALL = /^[A-Z]+ (https?:\/\/|\{\{)/;

/** Whether a session of this call has sent a request, and run no file. */
export function callsApi(call: string): boolean {
  return API_CALL.test(call);
}

/** Null where there is no call, or where its project is gone or lies outside of the Jupyter root. */
export async function calledFile(
  client: IClient,
  project: string | null,
  call: string | null
): Promise<ICalled | null> {
  if (call && callsApi(call)) {
    return null;
  }
  const folder = project && call ? (await getProject(client, project)).path : null;
  if (folder === null || !call) {
    return null;
  }
  const [name] = call.split(':');
  return { folder, file: [folder, name].filter(Boolean).join('/') };
}

/** The projects that there are, sorted by name. */
export async function listProjects(client: IClient): Promise<readonly IProject[]> {
  const { items } = await client.get<IPage<IProject>>('projects', { limit: LARGEST_PAGE });
  return items.sort((a, b) => a.name.localeCompare(b.name));
}

/** A project's variables; the value of a secret is null. */
export async function listVariables(
  client: IClient,
  project: string
): Promise<readonly IVariable[]> {
  return (await client.get<IPage<IVariable>>(`projects/${project}/variables`)).items;
}

export function setVariable(
  client: IClient,
  project: string,
  name: string,
  body: components['schemas']['VariableBody']
): Promise<IVariable> {
  return client.send('PUT', `projects/${project}/variables/${encodeURIComponent(name)}`, body);
}

export function deleteVariable(client: IClient, project: string, name: string): Promise<null> {
  return client.send('DELETE', `projects/${project}/variables/${encodeURIComponent(name)}`);
}
