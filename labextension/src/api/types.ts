/** Names for what the REST API sends and takes; `schema.ts` is generated from its OpenAPI document. */
import type { components } from './schema';

type Schemas = components['schemas'];

/** A page of a list; `next_cursor` asks for the one after it. */
export interface IPage<T> {
  items: T[];
  next_cursor: string | null;
}

export type Values = Record<string, unknown>;

export type ITrigger = Schemas['Trigger'];
export type TriggerType = ITrigger['type'];
export type ISchedule = Schemas['Schedule'];
export type IRecent = Schemas['Recent'];
/** The settable part of a trigger, and where it lives. */
export type ITriggerBody = Schemas['TriggerBody'];
export type IFired = Schemas['Receipt'];

export type IInspection = Schemas['Inspection'];
export type IParameterField = Schemas['Parameter'];

export type ISession = Schemas['Session'];
export type SessionStatus = ISession['status'];
export type ICell = Schemas['Cell'];
export type CellStatus = ICell['status'];
export type ILogEntry = Schemas['LogEntry'];

export type IArtifact = Schemas['Artifact'];
export type ArtifactType = IArtifact['type'];

export type IEvent = Schemas['Event'];
export type IEnforcement = Schemas['Enforcement'];
export type IStatus = Schemas['Status'];
