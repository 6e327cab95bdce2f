/** The list of sessions: filtered, paged by key, and kept live by the stream. */
import { Client } from '../../api/client';
import { IChange, IChangeStream } from '../../api/stream';
import { IPage, ISession, SessionStatus } from '../../api/types';
import { elapsed } from '../../parts/times';
import { IPaging, ListModel } from '../list/model';

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

export class SessionsModel extends ListModel<ISession, ISessionFilter> {
  constructor(client: Client, stream: IChangeStream, filter: Partial<ISessionFilter> = {}) {
    super(client, stream, ['sessions'], { none: NO_FILTER, filter, page: PAGE });
  }

  override get filtered(): boolean {
    const { group, trigger, hours } = this.filter;
    return Boolean(group || trigger || hours);
  }

  /** References of the triggers that the filter offers. */
  get triggers(): readonly string[] {
    return this._triggers;
  }

  override setFilter(patch: Partial<ISessionFilter>): Promise<void> {
    this.show([], null);
    return super.setFilter(patch);
  }

  /** Append the next page: of what may be very long, no row is fetched twice. */
  override async loadMore(): Promise<void> {
    const cursor = this._cursor;
    if (!cursor || this._loadingMore) {
      return;
    }
    this._loadingMore = true;
    this.redraw();
    const { filter } = this;
    try {
      const page = await this.fetch({ limit: PAGE, cursor });
      if (filter === this.filter) {
        const known = new Set(this.items.map(item => item.id));
        this.show(
          [...this.items, ...page.items.filter(item => !known.has(item.id))],
          page.next_cursor
        );
      }
    } finally {
      this._loadingMore = false;
      this.redraw();
    }
  }

  cancel(id: string): Promise<ISession> {
    return this.client.sessions.cancel(id);
  }

  retry(id: string): Promise<ISession> {
    return this.client.sessions.retry(id);
  }

  protected override async load(): Promise<void> {
    const { filter } = this;
    const [page, triggers] = await Promise.all([
      this.fetch({ limit: PAGE, cursor: null }),
      this.triggerRefs()
    ]);
    if (filter !== this.filter) {
      return;
    }
    const deeper = this.items.length > PAGE;
    this.show(
      merged(page.items, deeper ? this.items : [], filter.order),
      deeper ? this._cursor : page.next_cursor
    );
    this._triggers = triggers;
  }

  protected override onChange(change: IChange): void {
    const known = this.items.find(item => item.id === change.id);
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
    this.show(this.items.map(item => (item === known ? next : item)));
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
      const session = await this.client.sessions.get(id);
      if (this._refetched.get(id) !== asked) {
        return;
      }
      this._refetched.delete(id);
      const { group } = this.filter;
      const kept = group === '' || GROUPS[group].includes(session.status);
      this.show(this.items.flatMap(item => (item.id !== id ? [item] : kept ? [session] : [])));
      this.redraw();
    } catch {
      // Deleted meanwhile, or the server is away: the whole list says which.
      this.refreshSoon();
    }
  }

  protected fetch(paging: IPaging): Promise<IPage<ISession>> {
    const { group, trigger, hours, order } = this.filter;
    return this.client.sessions.list({
      ...paging,
      order,
      trigger,
      status: group && GROUPS[group].join(','),
      since: hours ? new Date(Date.now() - hours * 3600 * 1000).toISOString() : null
    });
  }

  private _triggers: readonly string[] = [];
  /** How often each row was asked for, as answers may overtake each other. */
  private readonly _refetched = new Map<string, number>();
}
