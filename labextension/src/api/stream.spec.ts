import { ServerConnection } from '@jupyterlab/services';

import { ChangeStream, IChange } from './stream';

class FakeSocket {
  static all: FakeSocket[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  close(): void {
    this.closed = true;
    this.onclose?.();
  }
}

const change = (seq: number): object => ({
  type: 'change',
  seq,
  channel: 'sessions',
  id: 'ses_1',
  activity: 'updated',
  content: {},
  at: ''
});

describe('ChangeStream', () => {
  let stream: ChangeStream;
  let seen: number[];
  let resets: number;
  const last = (): FakeSocket => FakeSocket.all[FakeSocket.all.length - 1];

  beforeEach(() => {
    jest.useFakeTimers();
    FakeSocket.all = [];
    seen = [];
    resets = 0;
    const settings = ServerConnection.makeSettings({
      wsUrl: 'ws://localhost:8888/',
      WebSocket: FakeSocket as unknown as typeof WebSocket,
      token: '',
      appendToken: false
    });
    stream = new ChangeStream(settings);
    stream.changed.connect((_, item: IChange) => seen.push(item.seq));
    stream.reset.connect(() => {
      resets += 1;
    });
    stream.start();
  });

  afterEach(() => {
    stream.dispose();
    jest.useRealTimers();
  });

  it('starts where the server stands', () => {
    expect(last().url).toBe('ws://localhost:8888/notebook-automation/api/v1/stream');
    last().say({ type: 'hello', seq: 7 });
    expect(stream.state).toBe('live');
    last().say(change(8));
    expect(seen).toEqual([8]);
  });

  it('resumes after the last change that it saw', () => {
    last().say({ type: 'hello', seq: 7 });
    last().say(change(8));
    last().close();
    expect(stream.state).toBe('offline');
    jest.advanceTimersByTime(1000);
    expect(last().url).toContain('?after=8');
    last().say({ type: 'hello', seq: 8 });
    last().say(change(8));
    last().say(change(9));
    expect(seen).toEqual([8, 9]);
    expect(resets).toBe(0);
  });

  it('waits longer after each failure, and not at all when the network is back', () => {
    last().close();
    jest.advanceTimersByTime(1000);
    expect(FakeSocket.all).toHaveLength(2);
    last().close();
    jest.advanceTimersByTime(500);
    expect(FakeSocket.all).toHaveLength(2);
    window.dispatchEvent(new Event('online'));
    expect(FakeSocket.all).toHaveLength(3);
    jest.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(3);
  });

  it('takes the word of the browser that the network is gone', () => {
    last().say({ type: 'hello', seq: 7 });
    const socket = last();
    window.dispatchEvent(new Event('offline'));
    expect(stream.state).toBe('offline');
    expect(socket.closed).toBe(true);
    jest.advanceTimersByTime(1000);
    expect(FakeSocket.all).toHaveLength(2);
    expect(last().url).toContain('?after=7');
  });

  it('asks for a fresh start when changes are lost', () => {
    last().say({ type: 'hello', seq: 7 });
    last().say({ type: 'reset', seq: 90 });
    expect(resets).toBe(1);
    last().close();
    jest.advanceTimersByTime(1000);
    expect(last().url).toContain('?after=90');
    last().say({ type: 'hello', seq: 3 });
    last().say({ type: 'reset', seq: 3 });
    expect(resets).toBe(2);
    last().say(change(4));
    expect(seen).toEqual([4]);
  });

  it('stays closed once disposed', () => {
    const socket = last();
    stream.dispose();
    expect(socket.closed).toBe(true);
    jest.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });
});
