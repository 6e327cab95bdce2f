import { sessionOf } from './live-copy';

it('knows the session that a notebook was opened from, and takes nothing else for one', () => {
  expect(sessionOf({ session: 'ses_01m8' })).toBe('ses_01m8');
  for (const other of [undefined, null, {}, 'x', { session: 1 }, { session: 'ses_1")\nevil("' }]) {
    expect(sessionOf(other)).toBeNull();
  }
});
