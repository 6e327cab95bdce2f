/** Run an ended session again: with the files of now, what is open and not saved is saved first. */
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
    // Its trigger may call another file by now.
    const { trigger_id } = session;
    const call = trigger_id ? (await getTrigger(client, trigger_id)).call : session.call;
    const called = await calledFile(client, session.project_id, call);
    await documents.save(called?.file, called?.folder);
  }
  return retrySession(client, session.id, files);
}
