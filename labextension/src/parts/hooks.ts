/** React hooks that tie a component to a model, and to the clock. */
import { ISignal } from '@lumino/signaling';
import * as React from 'react';

/** Draw again whenever the model has changed. */
export function useChanged(model: { changed: ISignal<unknown, void> }): void {
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const slot = (): void => redraw();
    model.changed.connect(slot);
    // It may have changed after it was drawn, before the signal was connected.
    slot();
    return () => {
      model.changed.disconnect(slot);
    };
  }, [model]);
}

/** The current time in milliseconds; the component is drawn again every `interval` milliseconds. */
export function useNow(interval: number): number {
  const [, renew] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const timer = window.setInterval(renew, interval);
    return () => window.clearInterval(timer);
  }, [interval]);
  return Date.now();
}

/** Whether an action runs, and a way to run one at a time. */
export function useBusy(): [boolean, (action: () => Promise<unknown>) => Promise<void>] {
  const [busy, setBusy] = React.useState(false);
  const mounted = React.useRef(true);
  React.useEffect(() => {
    mounted.current = true;
    return () => {
      mounted.current = false;
    };
  }, []);
  const run = React.useCallback(async (action: () => Promise<unknown>) => {
    setBusy(true);
    try {
      await action();
    } finally {
      if (mounted.current) {
        setBusy(false);
      }
    }
  }, []);
  return [busy, run];
}

/** How close to its end, in pixels, a list counts as scrolled to it. */
const AT_END = 8;

/**
 * Keep a list that scrolls at its end while it grows, until the user scrolls away from there.
 *
 * Returns the list's ref, whether it follows, and a way to follow again. `active`: whether it grows; `count`: its items.
 */
export function useFollowed(
  active: boolean,
  count: number
): [(list: HTMLElement | null) => void, boolean, () => void] {
  const [list, setList] = React.useState<HTMLElement | null>(null);
  const [following, setFollowing] = React.useState(true);
  React.useEffect(() => {
    if (!list) {
      return;
    }
    const onScroll = (): void =>
      setFollowing(list.scrollTop + list.clientHeight >= list.scrollHeight - AT_END);
    list.addEventListener('scroll', onScroll);
    return () => list.removeEventListener('scroll', onScroll);
  }, [list]);
  React.useEffect(() => {
    if (list && active && following) {
      list.scrollTop = list.scrollHeight;
    }
  }, [list, active, following, count]);
  return [setList, following, () => setFollowing(true)];
}
