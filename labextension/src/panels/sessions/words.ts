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

/** When a session goes on that waits without a process, or begins that is held back; '' for others. */
export function laterWords(session: ISession, trans: TranslationBundle): string {
  return session.status === 'waiting' && session.wake_at
    ? trans.__('goes on at %1', moment(session.wake_at))
    : tryWords(session, trans);
}

/** What a durable run does, for everybody who may ask for one. */
export function durableHelp(trans: TranslationBundle): string {
  return trans.__(
    'It goes on from its last finished cell after a crash, and waits without a process.'
  );
}
