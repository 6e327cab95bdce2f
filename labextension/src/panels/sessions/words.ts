/** What of a session is said in the same words wherever it is shown: which try it is, what durable means. */
import { TranslationBundle } from '@jupyterlab/translation';

import { ISession } from '../../api/sessions';
import { moment } from '../../parts/times';

/** Which try a session is where its trigger tries again, and when it begins; '' where it is tried once. */
export function tryWords(session: ISession, trans: TranslationBundle): string {
  const { try_number, max_tries, wake_at } = session;
  if (!max_tries || max_tries < 2) {
    return '';
  }
  return session.status === 'scheduling' && wake_at
    ? trans.__('try %1 of %2, next try at %3', try_number, max_tries, moment(wake_at))
    : trans.__('try %1 of %2', try_number, max_tries);
}

/** What a session waits for and until when, or which try it is that was held back; '' for others. */
export function laterWords(session: ISession, trans: TranslationBundle): string {
  const { waiting_for, wake_at } = session;
  if (waiting_for && waiting_for !== 'a time') {
    if (session.status === 'scheduling' && wake_at) {
      return trans.__('waits for %1, begins at %2', waiting_for, moment(wake_at));
    }
    return wake_at
      ? trans.__('waits for %1, until %2', waiting_for, moment(wake_at))
      : trans.__('waits for %1', waiting_for);
  }
  return (waiting_for || session.status === 'waiting') && wake_at
    ? trans.__('goes on at %1', moment(wake_at))
    : tryWords(session, trans);
}

/** Whether a session waits for its turn: its place moves up when others end. */
export function queues(session: ISession): boolean {
  return session.places.some(place => place.status === 'waiting');
}

/** The name of the signal that a session waits for; null where it waits for another thing, or for none. */
export function awaitedSignal(session: ISession): string | null {
  const waits = /^signal (.+)$/.exec(session.waiting_for ?? '');
  return waits && waits[1];
}

/** Whether a session sleeps, so that it can be woken before its time. */
export function sleeps(session: ISession): boolean {
  return session.waiting_for === 'a time';
}

/** What a durable run does, for everybody who may ask for one. */
export function durableHelp(trans: TranslationBundle): string {
  return trans.__(
    'It goes on from its last finished cell after a crash, and waits without a process.'
  );
}

/** What a priority does. */
export function priorityHelp(trans: TranslationBundle): string {
  return trans.__('Each step lets it overtake what came up to a minute earlier');
}
