/** What every panel's model has: loading, an error to show, and keeping up with the stream. */
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { OfflineError, sentence } from '../api/request';
import { Channel, IChange, IChangeStream } from '../api/stream';

/** Shortest time between two fetches that changes ask for, in milliseconds. */
const REFRESH_LIMIT = 400;

export abstract class LiveModel implements IDisposable {
  constructor(
    protected readonly stream: IChangeStream,
    private readonly _channels: readonly Channel[]
  ) {
    stream.changed.connect(this._onStream, this);
    stream.stateChanged.connect(this._onState, this);
    stream.reset.connect(this._onReset, this);
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

  /** Whether nothing shown means that there is nothing: the last load is done, and came through. */
  get settled(): boolean {
    return this._loaded && !this._loading && !this._away && this._error === null;
  }

  /** The sentence that says why the last load failed. */
  get error(): string | null {
    // A server on its way down refuses before it is gone: that it is away says more.
    return this._loaded && this.stream.state === 'offline' ? null : this._error;
  }

  get offline(): boolean {
    return this.stream.state === 'offline' || this._away;
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
    const woken = active && !this._active;
    this._active = active;
    if (woken && (this._stale || !this._loaded)) {
      void this.refresh();
    }
  }

  /** Load now; a call during a load makes one more load after it. */
  refresh(): Promise<void> {
    if (this._disposed) {
      return Promise.resolve();
    }
    if (this._loading) {
      this._again = true;
      return this._loading;
    }
    this._stale = false;
    this._loading = this._run().finally(() => {
      this._loading = null;
      this.redraw();
      if (this._again) {
        this._again = false;
        void this.refresh();
      }
    });
    this.redraw();
    return this._loading;
  }

  /** Fetch what is shown; rejects with what `sentence` can say. */
  protected abstract load(): Promise<void>;

  /** A change on one of our channels; by default everything is fetched again, soon. */
  protected onChange(_change: IChange): void {
    this.refreshSoon();
  }

  protected refreshSoon(): void {
    if (!this._active) {
      this._stale = true;
      return;
    }
    // Not Lumino's Throttler: it drops what is asked while a load runs, and with it the last change.
    this._timer ||= window.setTimeout(() => {
      this._timer = 0;
      void this.refresh();
    }, REFRESH_LIMIT);
  }

  /** For models that change rows in place: a load under way may be older than the change, and overwrite it. */
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
    this._blind ||= this.stream.state !== 'live';
    try {
      await this.load();
      this._loaded = true;
      this._error = null;
      this._away = false;
    } catch (error) {
      this._away = error instanceof OfflineError;
      this._error = this._away && this._loaded ? null : sentence(error);
    }
  }

  private _onStream(_: IChangeStream, change: IChange): void {
    if (this._channels.includes(change.channel)) {
      this.onChange(change);
    }
  }

  private _onState(): void {
    if (this.stream.state === 'live' && (this._away || this._error || this._blind)) {
      this._blind = false;
      this.refreshSoon();
    }
    this.redraw();
  }

  private _onReset(): void {
    this.refreshSoon();
  }

  private _active = false;
  private _stale = false;
  private _again = false;
  private _away = false;
  private _loaded = false;
  /** Whether something was loaded that may have changed before the stream began to tell. */
  private _blind = false;
  private _disposed = false;
  private _error: string | null = null;
  private _loading: Promise<void> | null = null;
  private _changed = new Signal<this, void>(this);
  private _timer = 0;
}
