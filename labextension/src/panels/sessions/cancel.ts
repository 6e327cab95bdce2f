/** A session is cancelled: alone, or with all that it has started. */
import { IClient } from '../../api/client';
import { cancelSession, getSession } from '../../api/sessions';

/** What is to be cancelled; null: nothing. */
export type Cancelled = 'alone' | 'with children' | null;

/** Ask what is meant of a session with so many children, and children's children, that have not ended. */
export type AskCancel = (children: number) => Promise<Cancelled>;

/** Cancel a session; where it has children that have not ended, do what `ask` says. */
export async function cancelAsking(client: IClient, id: string, ask: AskCancel): Promise<void> {
  const children = (await getSession(client, id)).unended_children ?? 0;
  const cancelled = children > 0 ? await ask(children) : 'alone';
  if (cancelled) {
    await cancelSession(client, id, cancelled === 'with children');
  }
}
