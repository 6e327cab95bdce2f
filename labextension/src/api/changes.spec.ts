import { fakeSocketSettings } from '../testing/feed';
import { FakeSocket } from '../testing/socket';
import { IChange } from './change-types';
import { ChangeFeed } from './changes';

const change = (seq: number): object => ({
  type: 'change',
  seq,
  channel: 'sessions',
  id: 'ses_1',
  activity: 'updated',
  content: {},
  at: ''
});

describe('ChangeFeed', () => {
  let feed: ChangeFeed;
  let received: number[];
  let resets: number;

  beforeEach(() => {
    FakeSocket.opened = [];
    received = [];
    resets = 0;
    feed = new ChangeFeed(fakeSocketSettings());
    feed.changed.connect((_, item: IChange) => received.push(item.seq));
    feed.reset.connect(() => {
      resets += 1;
    });
    feed.start();
  });

  afterEach(() => feed.dispose());

  it('starts where the server stands', () => {
    expect(FakeSocket.last.url).toBe('ws://localhost:8888/notebook-automation/api/v1/stream');
    FakeSocket.last.receive({ type: 'hello', seq: 7 });
    expect(feed.state).toBe('live');
    FakeSocket.last.receive(change(8));
    expect(received).toEqual([8]);
  });

  it('resumes after the last change that it received', () => {
    FakeSocket.last.receive({ type: 'hello', seq: 7 });
    FakeSocket.last.receive(change(8));
    FakeSocket.last.close();
    expect(feed.state).toBe('offline');
    jest.advanceTimersByTime(1000);
    expect(FakeSocket.last.url).toContain('?after=8');
    FakeSocket.last.receive({ type: 'hello', seq: 8 });
    FakeSocket.last.receive(change(8));
    FakeSocket.last.receive(change(9));
    expect(received).toEqual([8, 9]);
    expect(resets).toBe(0);
  });

  it('waits longer after each failure, and not at all when the network is back', () => {
    FakeSocket.last.close();
    jest.advanceTimersByTime(1000);
    expect(FakeSocket.opened).toHaveLength(2);
    FakeSocket.last.close();
    jest.advanceTimersByTime(500);
    expect(FakeSocket.opened).toHaveLength(2);
    window.dispatchEvent(new Event('online'));
    expect(FakeSocket.opened).toHaveLength(3);
    jest.advanceTimersByTime(60_000);
    expect(FakeSocket.opened).toHaveLength(3);
  });

  it('disconnects when the browser reports that the network is gone', () => {
    FakeSocket.last.receive({ type: 'hello', seq: 7 });
    const socket = FakeSocket.last;
    window.dispatchEvent(new Event('offline'));
    expect(feed.state).toBe('offline');
    expect(socket.closed).toBe(true);
    jest.advanceTimersByTime(1000);
    expect(FakeSocket.opened).toHaveLength(2);
    expect(FakeSocket.last.url).toContain('?after=7');
  });

  it('reports a reset when changes are lost', () => {
    FakeSocket.last.receive({ type: 'hello', seq: 7 });
    FakeSocket.last.receive({ type: 'reset', seq: 90 });
    expect(resets).toBe(1);
    FakeSocket.last.close();
    jest.advanceTimersByTime(1000);
    expect(FakeSocket.last.url).toContain('?after=90');
    FakeSocket.last.receive({ type: 'hello', seq: 3 });
    FakeSocket.last.receive({ type: 'reset', seq: 3 });
    expect(resets).toBe(2);
    FakeSocket.last.receive(change(4));
    expect(received).toEqual([4]);
  });

  it('stays closed once disposed', () => {
    const socket = FakeSocket.last;
    feed.dispose();
    expect(socket.closed).toBe(true);
    jest.advanceTimersByTime(60_000);
    expect(FakeSocket.opened).toHaveLength(1);
  });
});
