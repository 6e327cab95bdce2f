/** Checkpoints of durable sessions: what is saved after each cell, and going on from there. */
import { IClient, IPage } from './client';
import type { components } from './schema';
import { ISession } from './sessions';

type Schemas = components['schemas'];

export type ICheckpoint = Schemas['Checkpoint'];
export type ILiveCopy = Schemas['LiveCopy'];
export type IResumeBody = Schemas['ResumeBody'];

export function listCheckpoints(client: IClient, id: string): Promise<IPage<ICheckpoint>> {
  return client.get(`sessions/${id}/checkpoints`);
}

/** Go on from a checkpoint, as a new session, which is returned. */
export function resumeSession(client: IClient, id: string, body: IResumeBody): Promise<ISession> {
  return client.send('POST', `sessions/${id}/resume`, body);
}

/** Write the notebook in which a session is opened live, or find the one that was written before. */
export function openLiveCopy(client: IClient, id: string): Promise<ILiveCopy> {
  return client.send('POST', `sessions/${id}/open`, {});
}
