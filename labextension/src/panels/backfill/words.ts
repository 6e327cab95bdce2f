/** What became of a tick, in words. */
import { TranslationBundle } from '@jupyterlab/translation';

import { ISessionGroup, TickState } from '../../api/backfills';

/** In the order of the key beneath the squares. */
export const STATES: readonly TickState[] = [
  'completed',
  'failed',
  'missing',
  'queued',
  'running',
  'cancelled',
  'silent',
  'ran'
];

export function stateWords(state: TickState, trans: TranslationBundle): string {
  const words: Record<TickState, string> = {
    completed: trans.__('completed'),
    failed: trans.__('failed'),
    missing: trans.__('missing'),
    queued: trans.__('queued'),
    running: trans.__('running'),
    cancelled: trans.__('cancelled'),
    silent: trans.__('no rule ran'),
    ran: trans.__('ran, its session is gone')
  };
  return words[state];
}

/** "4 of 9 done, 1 failed, 2 under way". */
export function progressWords(group: ISessionGroup, trans: TranslationBundle): string {
  const failed =
    (group.sessions.failed ?? 0) + (group.sessions.timeout ?? 0) + (group.sessions.abandoned ?? 0);
  return [
    trans.__('%1 of %2 done', group.over, group.total),
    failed > 0 && trans.__('%1 failed', failed),
    group.skipped > 0 && trans.__('%1 left out', group.skipped),
    group.cancelled > 0 && trans.__('%1 never begun', group.cancelled),
    group.under_way > 0 && trans.__('%1 under way', group.under_way)
  ]
    .filter(Boolean)
    .join(', ');
}
