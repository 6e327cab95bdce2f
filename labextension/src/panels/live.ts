/** What every panel's model has: loading, an error to show, and following the feed of changes. */
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { Channel, IChange, IChangeOn } from '../api/change-types';
import { IChangeFeed } from '../api/changes';
import { OfflineError, messageOf } from '../api/request';

/** Shortest time between two fetches that changes ask for, in milliseconds. */
const REFRESH_LIMIT = 400;

/** `C`: the channels whose changes it follows. */
export abstract class LiveModel<C extends Channel> implements IDisposable {
  constructor(
    private readonly _feed: IChangeFeed,
    private readonly _channels: readonly C[]
  ) {
    _feed.changed.connect(this._onFeed, this);
    _feed.stateChanged.connect(this._onState, this);
    _feed.reset.connect(this._onReset, this);
  }

  /** Emitted whenever what is shown has to be drawn again. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether nothing has been loaded yet. */
  get pristine(): boolean {
    return !this._loaded;
  }

  get loading(): boolean {
    return this._loading !== null;
  }

  /** Whether an empty list means that there is nothing: the last load is done, and succeeded. */
  get settled(): boolean {
    return this._loaded && !this._loading && !this._unreachable && this._error === null;
  }

  /** Why the last load failed, as a message to show. */
  get error(): string | null {
    // A server that shuts down refuses requests before it is gone: "offline" explains more than the refusal.
    return this._loaded && this._feed.state === 'offline' ? null : this._error;
  }

  get offline(): boolean {
    return this._feed.state === 'offline' || this._unreachable;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    window.clearTimeout(this._timer);
    Signal.clearData(this);
  }

  /** A hidden panel fetches nothing; it catches up when it is shown. */
  setActive(active: boolean): void {
    const shown = active && !this._active;
    this._active = active;
    if (shown && (this._stale || !this._loaded)) {
      void this.refresh();
    }
  }

  /** Load now; a call during a load makes one more load after it. */
  refresh(): Promise<void> {
    if (this._disposed) {
      return Promise.resolve();
    }
    if (this._loading) {
      this._loadAgain = true;
      return this._loading;
    }
    this._stale = false;
    this._loading = this._run().finally(() => {
      this._loading = null;
      this.redraw();
      if (this._loadAgain) {
        this._loadAgain = false;
        void this.refresh();
      }
    });
    this.redraw();
    return this._loading;
  }

  /** Fetch what is shown; rejects with an error whose message can be shown. */
  protected abstract load(): Promise<void>;

  /** A change on one of our channels; by default everything is fetched again, soon. */
  protected onChange(_change: IChangeOn<C>): void {
    this.refreshSoon();
  }

  protected refreshSoon(): void {
    if (!this._active) {
      this._stale = true;
      return;
    }
    // Not Lumino's Throttler: it drops calls made while a load runs, and with them the last change.
    this._timer ||= window.setTimeout(() => {
      this._timer = 0;
      void this.refresh();
    }, REFRESH_LIMIT);
  }

  /** For models that change rows in place: a load that is running may return what is older than the change. */
  protected refreshIfLoading(): void {
    if (this._loading) {
      this.refreshSoon();
    }
  }

  protected redraw(): void {
    if (!this._disposed) {
      this._changed.emit();
    }
  }

  private async _run(): Promise<void> {
    this._loadedEarly ||= this._feed.state !== 'live';
    try {
      await this.load();
      this._loaded = true;
      this._error = null;
      this._unreachable = false;
    } catch (error) {
      this._unreachable = error instanceof OfflineError;
      this._error = this._unreachable && this._loaded ? null : messageOf(error);
    }
  }

  private _onFeed(_: IChangeFeed, change: IChange): void {
    if (isOn(change, this._channels)) {
      this.onChange(change);
    }
  }

  private _onState(): void {
    if (this._feed.state === 'live' && (this._unreachable || this._error || this._loadedEarly)) {
      this._loadedEarly = false;
      this.refreshSoon();
    }
    this.redraw();
  }

  private _onReset(): void {
    this.refreshSoon();
  }

  private _active = false;
  private _stale = false;
  private _loadAgain = false;
  private _unreachable = false;
  private _loaded = false;
  /** Whether something was loaded before the feed was live: its changes since then may be missing. */
  private _loadedEarly = false;
  private _disposed = false;
  private _error: string | null = null;
  private _loading: Promise<void> | null = null;
  private _changed = new Signal<this, void>(this);
  private _timer = 0;
}

function isOn<C extends Channel>(change: IChange, channels: readonly C[]): change is IChangeOn<C> {
  return (channels as readonly Channel[]).includes(change.channel);
}
