import { nullTranslator } from '@jupyterlab/translation';

import { moment } from '../../parts/times';
import { aSession } from '../../testing/sessions';
import { awaitedSignal, laterWords, tryWords, sleeps } from './words';

const trans = nullTranslator.load('notebook_automation');
const wake_at = '2026-01-01T06:00:00Z';

describe('tryWords', () => {
  it('says which try a session is, and when it begins while it is held back', () => {
    const waiting = aSession('1', { status: 'scheduling', try_number: 2, max_tries: 3, wake_at });
    expect(tryWords(waiting, trans)).toBe(`try 2 of 3, next try at ${moment(wake_at)}`);
    expect(tryWords({ ...waiting, status: 'running' }, trans)).toBe('try 2 of 3');
    expect(tryWords(aSession('1'), trans)).toBe('');
    expect(tryWords(aSession('1', { max_tries: 1 }), trans)).toBe('');
  });
});

describe('laterWords', () => {
  it('says when a session that waits goes on, else which try it is', () => {
    const waiting = aSession('1', { status: 'waiting', try_number: 2, max_tries: 3, wake_at });
    expect(laterWords(waiting, trans)).toBe(`goes on at ${moment(wake_at)}`);
    expect(laterWords({ ...waiting, wake_at: null }, trans)).toBe('try 2 of 3');
    expect(laterWords(aSession('1', { wake_at }), trans)).toBe('');
  });

  it('says where in a queue a session is, and when it begins where that is known', () => {
    const waiting_for = 'its turn, number 2 in the queue of sales/hook';
    const queued = aSession('1', { status: 'scheduling', waiting_for });
    expect(laterWords(queued, trans)).toBe(`waits for ${waiting_for}`);
    expect(laterWords({ ...queued, wake_at }, trans)).toBe(
      `waits for ${waiting_for}, begins at ${moment(wake_at)}`
    );
  });

  it('says what a session waits for, also one that keeps its kernel', () => {
    const waits = aSession('1', { status: 'running', waiting_for: 'signal approve', wake_at });
    expect(laterWords(waits, trans)).toBe(`waits for signal approve, until ${moment(wake_at)}`);
    expect(laterWords({ ...waits, wake_at: null }, trans)).toBe('waits for signal approve');
    expect(laterWords({ ...waits, waiting_for: 'a time' }, trans)).toBe(
      `goes on at ${moment(wake_at)}`
    );
  });
});

it('knows the name of the signal that a session waits for', () => {
  expect(awaitedSignal(aSession('1', { waiting_for: 'signal ops: window' }))).toBe('ops: window');
  expect(awaitedSignal(aSession('1', { waiting_for: 'event approve' }))).toBeNull();
  expect(awaitedSignal(aSession('1'))).toBeNull();
});

it('knows a session that sleeps', () => {
  expect(sleeps(aSession('1', { waiting_for: 'a time' }))).toBe(true);
  expect(sleeps(aSession('1', { waiting_for: 'signal a time' }))).toBe(false);
});
