import { nullTranslator } from '@jupyterlab/translation';

import { moment } from '../../parts/times';
import { aSession } from '../../testing/sessions';
import { tryWords } from './words';

describe('tryWords', () => {
  const trans = nullTranslator.load('notebook_automation');
  const wake_at = '2026-01-01T06:00:00Z';

  it('says which try a session is, and when it begins while it is held back', () => {
    const waiting = aSession('1', { status: 'scheduling', try_number: 2, max_tries: 3, wake_at });
    expect(tryWords(waiting, trans)).toBe(`try 2 of 3, next try at ${moment(wake_at)}`);
    expect(tryWords({ ...waiting, status: 'running' }, trans)).toBe('try 2 of 3');
    expect(tryWords(aSession('1'), trans)).toBe('');
    expect(tryWords(aSession('1', { max_tries: 1 }), trans)).toBe('');
  });
});
