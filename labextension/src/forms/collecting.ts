/** For how long events are collected for one run, as a form holds it. */
import type { components } from '../api/schema';

type Collecting = components['schemas']['Collecting'];
type CollectingBody = components['schemas']['CollectingBody'];

export interface ICollectingDraft {
  collect: 'none' | 'debounce' | 'batch';
  /** Seconds, as text. */
  seconds: string;
  /** A CEL text: events with different values of it are collected apart; '' for none. */
  key: string;
}

/** Seconds where nothing else is said. */
const USUAL = 30;

export const NOT_COLLECTED: ICollectingDraft = { collect: 'none', seconds: String(USUAL), key: '' };

export function collectingDraft(collect: Collecting | null): ICollectingDraft {
  return collect === null
    ? NOT_COLLECTED
    : {
        collect: collect.batch !== null ? 'batch' : 'debounce',
        seconds: String(collect.batch ?? collect.debounce ?? USUAL),
        key: collect.key ?? ''
      };
}

/** As the API takes it; what has no field stays as it was `before`. */
export function asCollecting(
  { collect, seconds, key }: ICollectingDraft,
  before: Collecting | null
): CollectingBody | null {
  if (collect === 'none') {
    return null;
  }
  const { max_events, at_most } = before ?? {};
  const time = Number(seconds) || USUAL;
  return {
    [collect]: time,
    key: key.trim() || null,
    ...(max_events ? { max_events } : {}),
    // The longest wait has no field: it is never what makes the server refuse.
    ...(at_most && collect === 'debounce' ? { at_most: Math.max(at_most, time) } : {})
  };
}
