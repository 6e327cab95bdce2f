/** The list of sessions: filtered, paged by key, and kept live by the stream. */
import { Client } from '../../api/client';
import { IChange, IChangeStream } from '../../api/stream';
import { ISession, SessionStatus } from '../../api/types';
import { elapsed } from '../../parts/times';
import { LiveModel } from '../live';

/** Sessions of one page. */
const PAGE = 50;

export const ACTIVE: readonly SessionStatus[] = [
  'requested',
  'scheduling',
  'scheduled',
  'running',
  'waiting',
  'canceling'
];
export const TROUBLED: readonly SessionStatus[] = ['failed', 'timeout', 'abandoned'];

/** Groups of statuses that the filter offers. */
export const GROUPS: Record<string, readonly SessionStatus[]> = {
  active: ACTIVE,
  failed: TROUBLED,
  completed: ['completed'],
  cancelled: ['cancelled']
};

export function isActive(status: SessionStatus): boolean {
  return ACTIVE.includes(status);
}

/** The trigger's name without its project, or the file that was called. */
export function shortName(session: ISession): string {
  return (session.trigger ?? session.call).split('/').pop()!;
}

export interface ISessionFilter {
  /** A key of `GROUPS`, or '' for all. */
  group: string;
  /** `project/name` of a trigger, or ''. */
  trigger: string;
  /** How far back, in hours; 0 for all. */
  hours: number;
  order: 'desc' | 'asc';
}

export const NO_FILTER: ISessionFilter = { group: '', trigger: '', hours: 0, order: 'desc' };

/** A row with what a change says of it. */
export function patched(session: ISession, change: IChange): ISession {
  const said = change.content;
  return {
    ...session,
    status: said.status ?? session.status,
    current_cell: said.current_cell ?? session.current_cell,
    total_cells: said.total_cells ?? session.total_cells,
    progress: said.progress ?? session.progress,
    started_at: said.started_at ?? session.started_at,
    finished_at: said.finished_at ?? session.finished_at
  };
}

/** Seconds that a session took, or has taken until `now` (milliseconds); null before it starts. */
export function length(session: ISession, now: number): number | null {
  return session.duration ?? elapsed(session.started_at, session.finished_at, now);
}

/** The fresh first page, followed by the rows already shown that come after it. */
export function merged(
  fresh: readonly ISession[],
  shown: readonly ISession[],
  order: 'desc' | 'asc'
): ISession[] {
  const last = fresh[fresh.length - 1];
  if (!last) {
    return [];
  }
  const after = (id: string): boolean => (order === 'desc' ? id < last.id : id > last.id);
  return [...fresh, ...shown.filter(session => after(session.id))];
}

export class SessionsModel extends LiveModel {
  constructor(
    private readonly _client: Client,
    stream: IChangeStream,
    filter: Partial<ISessionFilter> = {}
  ) {
    super(stream, ['sessions']);
    this._filter = { ...NO_FILTER, ...filter };
  }

  get items(): readonly ISession[] {
    return this._items;
  }

  get filter(): ISessionFilter {
    return this._filter;
  }

  /** References of the triggers that the filter offers. */
  get triggers(): readonly string[] {
    return this._triggers;
  }

  get more(): boolean {
    return this._cursor !== null;
  }

  get loadingMore(): boolean {
    return this._loadingMore;
  }

  setFilter(patch: Partial<ISessionFilter>): Promise<void> {
    this._filter = { ...this._filter, ...patch };
    this._generation += 1;
    this._items = [];
    this._cursor = null;
    return this.refresh();
  }

  /** Append the next page. */
  async loadMore(): Promise<void> {
    const cursor = this._cursor;
    if (!cursor || this._loadingMore) {
      return;
    }
    this._loadingMore = true;
    this.redraw();
    const generation = this._generation;
    try {
      const page = await this._client.sessions.list({ ...this._query(), cursor });
      if (generation === this._generation) {
        const known = new Set(this._items.map(item => item.id));
        this._items = [...this._items, ...page.items.filter(item => !known.has(item.id))];
        this._cursor = page.next_cursor;
      }
    } finally {
      this._loadingMore = false;
      this.redraw();
    }
  }

  cancel(id: string): Promise<ISession> {
    return this._client.sessions.cancel(id);
  }

  retry(id: string): Promise<ISession> {
    return this._client.sessions.retry(id);
  }

  protected async load(): Promise<void> {
    const generation = this._generation;
    const [page, triggers] = await Promise.all([
      this._client.sessions.list(this._query()),
      this._client.triggers.list({ limit: 200 })
    ]);
    if (generation !== this._generation) {
      return;
    }
    const deeper = this._items.length > PAGE;
    this._items = merged(page.items, deeper ? this._items : [], this._filter.order);
    this._cursor = deeper ? this._cursor : page.next_cursor;
    this._triggers = triggers.items.map(trigger => trigger.ref).sort();
  }

  protected override onChange(change: IChange): void {
    const known = this._items.find(item => item.id === change.id);
    if (!known) {
      if (change.activity === 'created' || change.activity === 'updated') {
        this.refreshSoon();
      } else if (change.activity !== 'log') {
        this.refreshIfLoading();
      }
      return;
    }
    if (change.activity === 'log' || change.activity === 'outcome') {
      return;
    }
    this.refreshIfLoading();
    const next = patched(known, change);
    this._items = this._items.map(item => (item === known ? next : item));
    this.redraw();
    if (next.status !== known.status) {
      void this._refetch(change.id);
    }
  }

  /** Times, the error and the rest of a row whose status changed. */
  private async _refetch(id: string): Promise<void> {
    const asked = (this._refetched.get(id) ?? 0) + 1;
    this._refetched.set(id, asked);
    try {
      const session = await this._client.sessions.get(id);
      if (this._refetched.get(id) !== asked) {
        return;
      }
      this._refetched.delete(id);
      const { group } = this._filter;
      const kept = group === '' || GROUPS[group].includes(session.status);
      this._items = this._items.flatMap(item => (item.id !== id ? [item] : kept ? [session] : []));
      this.redraw();
    } catch {
      // Deleted meanwhile, or the server is away: the whole list says which.
      this.refreshSoon();
    }
  }

  private _query(): Record<string, string | number> {
    const { group, trigger, hours, order } = this._filter;
    const query: Record<string, string | number> = { limit: PAGE, order };
    if (group) {
      query.status = GROUPS[group].join(',');
    }
    if (trigger) {
      query.trigger = trigger;
    }
    if (hours) {
      query.since = new Date(Date.now() - hours * 3600 * 1000).toISOString();
    }
    return query;
  }

  private _filter: ISessionFilter;
  private _items: readonly ISession[] = [];
  private _triggers: readonly string[] = [];
  private _cursor: string | null = null;
  /** How often each row was asked for, as answers may overtake each other. */
  private readonly _refetched = new Map<string, number>();
  private _loadingMore = false;
  /** Raised with each filter, so that an answer to an older one is not shown. */
  private _generation = 0;
}
