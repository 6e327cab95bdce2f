/** Run an ended session again, or go on from it: with the files of now, what is open and not saved is saved first. */
import { IResumeBody, resumeSession } from '../../api/checkpoints';
import { IClient } from '../../api/client';
import { calledFile } from '../../api/projects';
import { ISession, RetryFiles, retrySession } from '../../api/sessions';
import { getTrigger } from '../../api/triggers';
import { IOpenDocuments } from '../../documents';

/** Resolves to the new session; rejects where it cannot be started, or changes could not be saved. */
export async function retry(
  client: IClient,
  documents: IOpenDocuments,
  session: ISession,
  files: RetryFiles
): Promise<ISession> {
  if (files === 'current') {
    await saveCalled(client, documents, session);
  }
  return retrySession(client, session.id, files);
}

/** Resolves to the new session, which goes on from a checkpoint of this one; rejects as `retry` does. */
export async function resume(
  client: IClient,
  documents: IOpenDocuments,
  session: ISession,
  body: IResumeBody
): Promise<ISession> {
  if (body.files === 'now') {
    await saveCalled(client, documents, session);
  }
  return resumeSession(client, session.id, body);
}

async function saveCalled(
  client: IClient,
  documents: IOpenDocuments,
  session: ISession
): Promise<void> {
  // Its trigger may call another file by now.
  const { trigger_id } = session;
  const call = trigger_id ? (await getTrigger(client, trigger_id)).call : session.call;
  const called = await calledFile(client, session.project_id, call);
  await documents.save(called?.file, called?.folder);
}
