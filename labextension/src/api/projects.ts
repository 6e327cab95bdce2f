/** Projects: what the server finds in their notebooks. */
import { IClient } from './client';
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
