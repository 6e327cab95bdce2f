/** The WebSocket of changes: reconnects by itself and resumes after the last change seen. */
import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';

import { API } from './request';
import { SessionStatus } from './types';

/** Pause before the first reconnection, in milliseconds; it doubles at each failure. */
const FIRST_PAUSE = 500;
/** Longest pause between two attempts, in milliseconds. */
const LONGEST_PAUSE = 15000;

export type Channel = 'sessions' | 'triggers' | 'artifacts' | 'events' | 'projects';

/** One change of one thing; `content` is a summary, enough to redraw a row. */
export interface IChange {
  seq: number;
  channel: Channel;
  id: string;
  activity: 'created' | 'updated' | 'deleted' | 'log' | 'cell' | 'progress' | 'outcome';
  content: {
    status?: SessionStatus;
    current_cell?: number | null;
    total_cells?: number | null;
    session_id?: string | null;
    trigger?: string | null;
    progress?: { value: number; message: string } | null;
    started_at?: string | null;
    finished_at?: string | null;
  };
  at: string;
}

interface IMessage extends Partial<IChange> {
  type: 'hello' | 'change' | 'reset';
  seq: number;
}

export type StreamState = 'connecting' | 'live' | 'offline';

/** What models need of the stream (tests give their own). */
export interface IChangeStream {
  readonly state: StreamState;
  readonly changed: ISignal<IChangeStream, IChange>;
  readonly stateChanged: ISignal<IChangeStream, StreamState>;
  /** Changes were missed for good: everything shown must be fetched again. */
  readonly reset: ISignal<IChangeStream, void>;
}

export class ChangeStream implements IChangeStream, IDisposable {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  get state(): StreamState {
    return this._state;
  }

  get changed(): ISignal<this, IChange> {
    return this._changed;
  }

  get stateChanged(): ISignal<this, StreamState> {
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
    window.addEventListener('offline', this._cutOff);
    const socket = new this._settings.WebSocket(this._url());
    this._socket = socket;
    socket.onmessage = (event: MessageEvent<string>) =>
      this._onMessage(JSON.parse(event.data) as IMessage);
    socket.onclose = () => this._onClose();
  }

  dispose(): void {
    if (this._disposed) {
      return;
    }
    this._disposed = true;
    window.clearTimeout(this._timer);
    window.removeEventListener('online', this._retryNow);
    window.removeEventListener('offline', this._cutOff);
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
        this._changed.emit(message as IChange);
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
    // Spread, so that a server that comes back is not met by every tab at once.
    this._timer = window.setTimeout(() => this.start(), pause * (0.75 + Math.random() / 2));
  }

  private _retryNow = (): void => {
    this._failures = 0;
    this.start();
  };

  /** A socket does not notice that its network is gone; the browser does. */
  private _cutOff = (): void => {
    if (this._socket) {
      this._socket.onclose = null;
      this._socket.onmessage = null;
      this._socket.close();
      this._onClose();
    }
  };

  private _setState(state: StreamState): void {
    if (state !== this._state) {
      this._state = state;
      this._stateChanged.emit(state);
    }
  }

  private _state: StreamState = 'connecting';
  private _seq: number | null = null;
  private _failures = 0;
  private _timer = 0;
  private _disposed = false;
  private _socket: WebSocket | null = null;
  private _changed = new Signal<this, IChange>(this);
  private _stateChanged = new Signal<this, StreamState>(this);
  private _reset = new Signal<this, void>(this);
}
