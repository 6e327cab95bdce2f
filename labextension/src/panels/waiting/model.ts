/** How many inquiries wait for the user, and which of them are new. */
import { ISignal, Signal } from '@lumino/signaling';

import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import { IInquiry, listInquiries } from '../../api/inquiries';
import { LiveModel } from '../live';

/** Most inquiries that are looked at; with more of them, that there are more is said. */
const MOST = 100;

export class WaitingModel extends LiveModel<'inquiries'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed
  ) {
    super(feed, ['inquiries']);
  }

  /** What waits for the user, the newest first. */
  get waiting(): readonly IInquiry[] {
    return this._waiting;
  }

  /** Whether more wait than are in `waiting`. */
  get more(): boolean {
    return this._more;
  }

  /** Emitted with inquiries that did not wait when it was looked last; what waited at first is not new. */
  get arrived(): ISignal<this, readonly IInquiry[]> {
    return this._arrived;
  }

  /** Emitted with the ids of inquiries that wait for the user no longer. */
  get gone(): ISignal<this, readonly string[]> {
    return this._gone;
  }

  override dispose(): void {
    super.dispose();
    Signal.clearData(this);
  }

  protected async load(): Promise<void> {
    const page = await listInquiries(this._client, {
      status: 'pending',
      assigned_to: 'me',
      limit: MOST
    });
    const before = this._waiting;
    const isFirst = this.pristine;
    this._waiting = page.items;
    this._more = page.next_cursor !== null;
    const ids = new Set(page.items.map(({ id }) => id));
    const gone = before.map(({ id }) => id).filter(id => !ids.has(id));
    const fresh = page.items.filter(({ id }) => !this._told.has(id));
    fresh.forEach(({ id }) => this._told.add(id));
    if (gone.length > 0) {
      this._gone.emit(gone);
    }
    if (fresh.length > 0 && !isFirst) {
      this._arrived.emit(fresh);
    }
  }

  private _waiting: readonly IInquiry[] = [];
  private _more = false;
  /** Ids of all that have been told: once each, also where one was given away and comes back. */
  private readonly _told = new Set<string>();
  private readonly _arrived = new Signal<this, readonly IInquiry[]>(this);
  private readonly _gone = new Signal<this, readonly string[]>(this);
}
