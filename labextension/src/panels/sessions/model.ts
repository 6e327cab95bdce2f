/** The list of sessions: filtered, paged by key, and kept up to date by the feed of changes. */
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient, IPage } from '../../api/client';
import {
  ISession,
  RetryFiles,
  SessionStatus,
  acknowledgeSession,
  cancelSession,
  countSessions,
  deleteSession,
  getSession,
  listSessions
} from '../../api/sessions';
import { listTriggerRefs } from '../../api/triggers';
import { IOpenDocuments, NO_DOCUMENTS } from '../../documents';
import { IPaging, ListModel } from '../list/model';
import { retry } from './retry';
import { queues } from './words';
import { GROUPS, hasSummary, patched } from './summary';

/** Sessions of one page. */
const PAGE = 50;

export interface ISessionFilter {
  /** A key of `GROUPS`, or '' for all. */
  group: string;
  /** `project/name` of a trigger, or ''. */
  trigger: string;
  /** A tag, or ''. */
  tag: string;
  /** How far back, in hours; 0 for all. */
  hours: number;
}

export const NO_FILTER: ISessionFilter = {
  group: '',
  trigger: '',
  tag: '',
  hours: 0
};

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

export class SessionsModel extends ListModel<ISession, ISessionFilter, 'sessions'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    filter: Partial<ISessionFilter> = {},
    private readonly _documents: IOpenDocuments = NO_DOCUMENTS
  ) {
    super(feed, ['sessions'], { none: NO_FILTER, filter, page: PAGE });
  }

  /** References of the triggers that the filter offers. */
  get triggers(): readonly string[] {
    return this._triggers;
  }

  /**
   * How many sessions there are in a group of statuses ('' is all), whatever the filter's own status; null where
   * nobody has counted yet.
   */
  count(group: string): number | null {
    const counts = this._counts;
    if (!counts) {
      return null;
    }
    const statuses = group ? GROUPS[group] : (Object.keys(counts) as SessionStatus[]);
    return statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  }

  override setFilter(patch: Partial<ISessionFilter>): Promise<void> {
    this.show([], null);
    return super.setFilter(patch);
  }

  /** Append the next page: this list may be too long to fetch the shown rows again, as others do. */
  override async loadMore(): Promise<void> {
    if (!this._byCreation) {
      return super.loadMore();
    }
    const cursor = this._cursor;
    if (!cursor || this._loadingMore) {
      return;
    }
    this._loadingMore = true;
    this.redraw();
    const { asked } = this;
    try {
      const page = await this.fetchPage(PAGE, cursor);
      if (asked === this.asked) {
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
    return cancelSession(this._client, id);
  }

  retry(session: ISession, files: RetryFiles): Promise<ISession> {
    return retry(this._client, this._documents, session, files);
  }

  acknowledge(id: string): Promise<ISession> {
    return acknowledgeSession(this._client, id);
  }

  /** Delete an ended session with its log and its artifacts. */
  remove(id: string): Promise<null> {
    return deleteSession(this._client, id);
  }

  protected override async load(): Promise<void> {
    const { asked, filter } = this;
    const [triggers, counts] = await Promise.all([
      listTriggerRefs(this._client),
      countSessions(this._client, { trigger: filter.trigger, since: this._since }),
      this._byCreation ? this._loadNewest() : super.load()
    ]);
    if (asked === this.asked) {
      this._counts = counts;
      this._triggers = triggers;
    }
  }

  /** Fetch the first page, and keep the rows beneath it that are shown. */
  private async _loadNewest(): Promise<void> {
    const { asked, sort } = this;
    const page = await this.fetchPage(PAGE, null);
    if (asked === this.asked) {
      // What is shown in another order stays until the new one is there, so that no heading loses the focus.
      const deeper = this._shownFor === asked && this.items.length > PAGE;
      this._shownFor = asked;
      this.show(
        merged(page.items, deeper ? this.items : [], sort.order),
        deeper ? this._cursor : page.next_cursor
      );
    }
  }

  protected override onChange(change: IChangeOn<'sessions'>): void {
    if (!hasSummary(change)) {
      return;
    }
    if (change.activity === 'deleted') {
      this.show(this.items.filter(item => item.id !== change.id));
      this.refreshSoon();
      this.redraw();
      return;
    }
    const known = this.items.find(item => item.id === change.id);
    if (!known) {
      if (change.activity === 'created' || change.activity === 'updated') {
        this.refreshSoon();
      } else {
        this.refreshIfLoading();
      }
      return;
    }
    this.refreshIfLoading();
    const next = patched(known, change);
    this.show(this.items.map(item => (item === known ? next : item)));
    this.redraw();
    if (next.status !== known.status) {
      void this._refetch(change.id);
      if (this.items.some(queues)) {
        // Who waits behind it has moved up.
        this.refreshSoon();
      }
    }
  }

  /** Fetch a row whose status changed: its times, its error and the rest. */
  private async _refetch(id: string): Promise<void> {
    const request = (this._refetched.get(id) ?? 0) + 1;
    this._refetched.set(id, request);
    try {
      const session = await getSession(this._client, id);
      if (this._refetched.get(id) !== request) {
        return;
      }
      this._refetched.delete(id);
      const { group } = this.filter;
      const matches = group === '' || GROUPS[group].includes(session.status);
      this.show(this.items.flatMap(item => (item.id !== id ? [item] : matches ? [session] : [])));
      this.redraw();
    } catch {
      // Deleted meanwhile, or the server is away: loading the whole list shows which.
      this.refreshSoon();
    }
  }

  protected fetch(paging: IPaging): Promise<IPage<ISession>> {
    const { group, trigger, tag } = this.filter;
    return listSessions(this._client, {
      ...paging,
      trigger,
      tag,
      status: group && GROUPS[group].join(','),
      since: this._since
    });
  }

  private get _byCreation(): boolean {
    return this.sort.column === 'created';
  }

  private get _since(): string | null {
    const { hours } = this.filter;
    return hours ? new Date(Date.now() - hours * 3600 * 1000).toISOString() : null;
  }

  private _counts: Partial<Record<SessionStatus, number>> | null = null;

  private _triggers: readonly string[] = [];
  /** The filter and the order of the rows that are shown, where they came by `_loadNewest`. */
  private _shownFor: object | null = null;
  /** How often each row was requested: only the answer to the last request counts. */
  private readonly _refetched = new Map<string, number>();
}
