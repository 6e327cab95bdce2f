/** The feed of changes over a WebSocket: reconnects by itself and resumes after the last change received. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import type { IChange } from './change-types';
import { API } from './request';
import { parseJson } from './json';

/** Pause before the first reconnection, in milliseconds; it doubles at each failure. */
const FIRST_PAUSE = 500;
/** Longest pause between two attempts, in milliseconds. */
const LONGEST_PAUSE = 15000;

/** `hello`: the feed is live; `reset`: changes were missed that the server no longer has. */
type IMessage = IChange | { type: 'hello' | 'reset'; seq: number };

export type FeedState = 'connecting' | 'live' | 'offline';

/** What models and plug-ins need of the feed. */
export interface IChangeFeed {
  readonly state: FeedState;
  readonly changed: ISignal<IChangeFeed, IChange>;
  readonly stateChanged: ISignal<IChangeFeed, FeedState>;
  /** Changes were missed and cannot be resumed: everything shown must be fetched again. */
  readonly reset: ISignal<IChangeFeed, void>;
}

export class ChangeFeed implements IChangeFeed, IDisposable {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  get state(): FeedState {
    return this._state;
  }

  get changed(): ISignal<this, IChange> {
    return this._changed;
  }

  get stateChanged(): ISignal<this, FeedState> {
    return this._stateChanged;
  }

  get reset(): ISignal<this, void> {
    return this._reset;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Connect, and stay connected until disposed. */
  start(): void {
    if (this._disposed || this._socket) {
      return;
    }
    window.clearTimeout(this._timer);
    window.addEventListener('online', this._retryNow);
    window.addEventListener('offline', this._disconnect);
    const socket = new this._settings.WebSocket(this._url());
    this._socket = socket;
    socket.onmessage = (event: MessageEvent<string>) =>
      this._onMessage(parseJson(event.data) as IMessage);
    socket.onclose = () => this._onClose();
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    window.clearTimeout(this._timer);
    window.removeEventListener('online', this._retryNow);
    window.removeEventListener('offline', this._disconnect);
    this._socket?.close();
    Signal.clearData(this);
  }

  private _url(): string {
    const query = new URLSearchParams();
    if (this._seq !== null) {
      query.set('after', String(this._seq));
    }
    if (this._settings.appendToken && this._settings.token) {
      query.set('token', this._settings.token);
    }
    const search = query.toString();
    return URLExt.join(this._settings.wsUrl, API, 'stream') + (search ? `?${search}` : '');
  }

  private _onMessage(message: IMessage): void {
    if (message.type === 'change') {
      if (this._seq === null || message.seq > this._seq) {
        this._seq = message.seq;
        this._changed.emit(message);
      }
      return;
    }
    if (message.type === 'hello') {
      this._failures = 0;
      this._setState('live');
    }
    if (this._seq === null || message.type === 'reset') {
      this._seq = message.seq;
    }
    if (message.type === 'reset') {
      this._reset.emit();
    }
  }

  private _onClose(): void {
    this._socket = null;
    if (this._disposed) {
      return;
    }
    this._setState('offline');
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this._failures);
    this._failures += 1;
    // Spread, so that not every tab reconnects at once to a server that comes back.
    this._timer = window.setTimeout(() => this.start(), pause * (0.75 + Math.random() / 2));
  }

  private _retryNow = (): void => {
    this._failures = 0;
    this.start();
  };

  /** A socket does not notice a lost network; the browser does. */
  private _disconnect = (): void => {
    if (this._socket) {
      this._socket.onclose = null;
      this._socket.onmessage = null;
      this._socket.close();
      this._onClose();
    }
  };

  private _setState(state: FeedState): void {
    if (state !== this._state) {
      this._state = state;
      this._stateChanged.emit(state);
    }
  }

  private _state: FeedState = 'connecting';
  private _seq: number | null = null;
  private _failures = 0;
  private _timer = 0;
  private _disposed = false;
  private _socket: WebSocket | null = null;
  private _changed = new Signal<this, IChange>(this);
  private _stateChanged = new Signal<this, FeedState>(this);
  private _reset = new Signal<this, void>(this);
}
