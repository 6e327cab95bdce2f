/** The feed of changes over a fake socket: a test sends changes, and takes the server away. */
import { ServerConnection } from '@jupyterlab/services';

import { IChange } from '../api/change-types';
import { ChangeFeed } from '../api/changes';
import { FakeSocket } from './socket';

/** Server settings under which every WebSocket is a `FakeSocket`. */
export function fakeSocketSettings(): ServerConnection.ISettings {
  return ServerConnection.makeSettings({
    wsUrl: 'ws://localhost:8888/',
    WebSocket: FakeSocket as unknown as typeof WebSocket,
    token: '',
    appendToken: false
  });
}

export class TestFeed extends ChangeFeed {
  /** Connecting at first: `goLive` makes it live. */
  constructor() {
    super(fakeSocketSettings());
    this.start();
  }

  /** A feed that is live already. */
  static live(): TestFeed {
    const feed = new TestFeed();
    feed.goLive();
    return feed;
  }

  /** Receive a change as the next one. */
  send(change: IChange): void {
    this._sent += 1;
    FakeSocket.last.receive({ ...change, seq: this._sent });
  }

  goOffline(): void {
    FakeSocket.last.close();
  }

  goLive(): void {
    window.dispatchEvent(new Event('online'));
    FakeSocket.last.receive({ type: 'hello', seq: this._sent });
  }

  private _sent = 0;
}
