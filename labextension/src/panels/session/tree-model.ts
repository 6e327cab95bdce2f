/** The tree of sessions that started each other. */
import { IClient } from '../../api/client';
import { ISession, getSession, listSessions } from '../../api/sessions';
import { ISummaryChange, patched } from '../sessions/summary';

/** Sessions of a tree that are fetched. */
const MOST = 200;

export interface INode {
  session: ISession;
  children: readonly INode[];
}

export interface ITree {
  readonly top: INode;
  /** How many sessions are shown. */
  readonly size: number;
  /** Whether there are more. */
  readonly more: boolean;
  /** The tree brought up to date by a change; null where it is none of its sessions. */
  patched(change: ISummaryChange): ITree | null;
}

/** The whole tree that a session is in; null where it started none, and none started it. */
export async function fetchTree(client: IClient, session: ISession): Promise<ITree | null> {
  const root = session.root_id ?? session.id;
  const { items, next_cursor } = await listSessions(client, { root, order: 'asc', limit: MOST });
  if (items.length === 0) {
    return null;
  }
  const top = session.root_id === null ? session : await getSession(client, root).catch(() => null);
  return new Tree(top ?? items[0], top ? items : items.slice(1), next_cursor !== null);
}

class Tree implements ITree {
  constructor(
    private readonly _root: ISession,
    private readonly _below: readonly ISession[],
    readonly more: boolean
  ) {
    const known = new Set([_root.id, ..._below.map(({ id }) => id)]);
    const children = new Map<string, ISession[]>();
    for (const session of _below) {
      // One whose parent was deleted, or is not shown, hangs below the topmost.
      const parent = known.has(session.parent_id ?? '') ? session.parent_id! : _root.id;
      children.set(parent, [...(children.get(parent) ?? []), session]);
    }
    const node = (session: ISession): INode => ({
      session,
      children: (children.get(session.id) ?? []).map(node)
    });
    this.top = node(_root);
  }

  readonly top: INode;

  get size(): number {
    return this._below.length + 1;
  }

  patched(change: ISummaryChange): ITree | null {
    if (![this._root, ...this._below].some(({ id }) => id === change.id)) {
      return null;
    }
    const now = (session: ISession): ISession =>
      session.id === change.id ? patched(session, change) : session;
    return new Tree(now(this._root), this._below.map(now), this.more);
  }
}
