/** The list of deliveries, those with a bookmark first; the open one with all that came; who sends. */
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient, IPage } from '../../api/client';
import { replayEvent } from '../../api/events';
import {
  IDelivery,
  IInboxSource,
  InboxStatus,
  bookmarkEvent,
  deleteDelivery,
  getDelivery,
  getSource,
  listDeliveries,
  listSources,
  markDelivery,
  sendEvent
} from '../../api/inbox';
import { equals } from '../../forms/cel';
import { IPaging } from '../list/model';
import { UnfoldingModel } from '../list/unfolding';
import { hasSummary, isActive } from '../sessions/summary';

/** Deliveries of one page, and the most with a bookmark that stand before them. */
const PAGE = 50;
const BOOKMARKS = 200;

export interface IInboxFilter {
  source: string;
  status: InboxStatus | '';
  kept: '' | 'true';
}

/** A click on a value: the test for it, which becomes part of a filter. */
export interface IPick {
  path: string;
  value: unknown;
}

export class InboxModel extends UnfoldingModel<IDelivery, IInboxFilter, 'events' | 'sessions'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    filter: Partial<IInboxFilter> = {},
    /** Id of the delivery that is open at first. */
    opened: string | null = null
  ) {
    super(feed, ['events', 'sessions'], {
      none: { source: '', status: '', kept: '' },
      filter,
      page: PAGE
    });
    this.opened = opened;
  }

  /** Who has sent something, with the addresses. */
  get sources(): readonly IInboxSource[] {
    return this._sources;
  }

  /** The source whose address was asked for; null where none was. */
  get askedSource(): IInboxSource | null {
    return this._source;
  }

  /** The tests that the clicked values of the open delivery make. */
  get tests(): readonly string[] {
    return this._picks.map(({ path, value }) => equals(path, value));
  }

  isPicked = (path: string, value: unknown): boolean => this.tests.includes(equals(path, value));

  /** Let only events with this value through, or all again. */
  pick = (path: string, value: unknown): void => {
    const others = this._picks.filter(one => one.path !== path);
    this._picks = this.isPicked(path, value) ? others : [...others, { path, value }];
    this.redraw();
  };

  /** Find out where a source of this name sends to; rejects where none can have this name. */
  async ask(name: string): Promise<void> {
    this._source = name === '' ? null : await getSource(this._client, name);
    this.redraw();
  }

  async mark({ id }: IDelivery, status: InboxStatus | null): Promise<void> {
    await markDelivery(this._client, id, status);
    await this.refreshOne(id);
  }

  async bookmark({ id }: IDelivery, kept: boolean): Promise<void> {
    await bookmarkEvent(this._client, id, kept);
    await this.refreshOne(id);
  }

  async remove({ id }: IDelivery): Promise<void> {
    await deleteDelivery(this._client, id);
    if (this.opened === id) {
      this.opened = null;
    }
  }

  /** Let a trigger have a delivery, or send it to a program on the server's machine, which may answer anything. */
  replay(id: string, target: { trigger?: string; url?: string }): Promise<unknown> {
    return target.url
      ? sendEvent(this._client, id, target.url)
      : replayEvent(this._client, id, target.trigger);
  }

  /** Of a session only its end says more of its delivery. */
  protected override onChange(change: IChangeOn<'events' | 'sessions'>): void {
    const ended =
      change.channel === 'sessions' && hasSummary(change) && !isActive(change.content.status);
    if (change.channel === 'events' || ended) {
      super.onChange(change);
    }
  }

  protected override async load(): Promise<void> {
    // Whoever may not see the tokens gets the list all the same.
    const sources = listSources(this._client).catch(() => []);
    const [found] = await Promise.all([sources, super.load(), this.loadDetail()]);
    this._sources = found;
    this.showOpened();
  }

  protected override onToggle(): void {
    this._picks = [];
  }

  protected async fetch(paging: IPaging): Promise<IPage<IDelivery>> {
    const { source, status, kept } = this.filter;
    const query = { ...paging, source, status };
    if (kept || paging.sort !== 'created' || paging.order !== 'desc') {
      return listDeliveries(this._client, { ...query, bookmarked: kept });
    }
    const page = listDeliveries(this._client, { ...query, bookmarked: 'false' });
    if (paging.cursor) {
      return page;
    }
    const first = { ...query, limit: BOOKMARKS, bookmarked: 'true' };
    const [bookmarked, { items, next_cursor }] = await Promise.all([
      listDeliveries(this._client, first),
      page
    ]);
    return { items: [...bookmarked.items, ...items], next_cursor };
  }

  protected fetchDetail(id: string): Promise<IDelivery | null> {
    return getDelivery(this._client, id).catch((error: unknown) => {
      // It may have been deleted meanwhile: then the list says all that there is to say.
      if (this.detail) {
        return null;
      }
      throw error;
    });
  }

  private _sources: readonly IInboxSource[] = [];
  private _source: IInboxSource | null = null;
  private _picks: readonly IPick[] = [];
}
