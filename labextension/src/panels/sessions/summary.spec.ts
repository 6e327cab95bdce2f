import { aSession, sessionChange } from '../../testing/sessions';
import { canCancel, patched, shortName } from './summary';

describe('shortName', () => {
  it("is the trigger's name, or the file's", () => {
    expect(shortName(aSession('1'))).toBe('nightly');
    expect(shortName(aSession('1', { trigger: null, call: 'a/b.ipynb' }))).toBe('b.ipynb');
  });
});

describe('canCancel', () => {
  it('is for sessions that are active, and not being cancelled already', () => {
    expect(canCancel(aSession('1', { status: 'waiting' }))).toBe(true);
    expect(canCancel(aSession('1', { status: 'canceling' }))).toBe(false);
    expect(canCancel(aSession('1', { status: 'failed' }))).toBe(false);
  });
});

describe('patched', () => {
  it('takes what a change carries, and keeps the rest', () => {
    const session = aSession('1', { result: 7 });
    const finished_at = '2026-01-01T00:01:00Z';
    const next = patched(session, sessionChange('1', { status: 'completed', finished_at }));
    expect(next).toEqual({ ...session, status: 'completed', finished_at });
  });
});
