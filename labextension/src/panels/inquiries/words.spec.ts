import { nullTranslator } from '@jupyterlab/translation';

import { IInquiry } from '../../api/inquiries';
import { anAnswered, anInquiry } from '../../testing/inquiries';
import { limitWords, outcomeWords, promptBelow, stageWords, waitsFor, whoWords } from './words';

const trans = nullTranslator.load('notebook_automation');
const stage = { of: ['ana'], approvals: 1, per_group: {}, answers: [], is_complete: false };

describe('who', () => {
  it('names people and groups, or anyone', () => {
    expect(whoWords(['ana', 'group:ops'], trans)).toBe('ana, group ops');
    expect(whoWords([], trans)).toBe('anyone');
  });

  it('says how many of them, where not one person is meant', () => {
    expect(stageWords(stage, trans)).toBe('ana');
    expect(stageWords({ ...stage, of: ['ana', 'bea'] }, trans)).toBe('1 of: ana, bea');
    expect(
      stageWords(
        { ...stage, of: ['group:ops', 'group:leads'], approvals: 3, per_group: { ops: 2 } },
        trans
      )
    ).toBe('3 of: group ops, group leads (2 ops)');
  });

  it('is said for the stage at which it is, and not after the end', () => {
    const stages = [stage, { ...stage, of: ['bea'] }];
    expect(waitsFor(anInquiry('inq_1', { stages, stage: 1 }), trans)).toBe('bea');
    expect(waitsFor(anAnswered('inq_1', true), trans)).toBe('');
  });
});

describe('limitWords', () => {
  const timeout_at = '2026-01-02T00:00:00Z';

  it('always says what a time-out does: it is never an approval', () => {
    const words = (on_timeout: object): string =>
      limitWords(anInquiry('inq_1', { timeout_at, on_timeout }), trans);
    expect(words({})).toContain('rejected at');
    expect(words({ do: 'reject' })).toContain('rejected at');
    expect(words({ do: 'raise' })).toContain('its cell fails at');
    expect(words({ do: 'value', value: { a: 1 } })).toContain('{"a":1} at');
    expect(words({ do: 'escalate', to: ['group:leads'] })).toContain('goes to group leads at');
  });

  it('says nothing where there is no limit, or no more', () => {
    expect(limitWords(anInquiry('inq_1'), trans)).toBe('');
    expect(limitWords({ ...anAnswered('inq_1', true), timeout_at }, trans)).toBe('');
  });
});

describe('outcomeWords', () => {
  it('says what came of it, and by whom', () => {
    const of = (fields: Partial<IInquiry>): string =>
      outcomeWords(anInquiry('inq_1', fields), trans);
    expect(of({})).toBe('');
    expect(outcomeWords(anAnswered('inq_1', true), trans)).toBe('Approved by ana');
    expect(outcomeWords(anAnswered('inq_1', false), trans)).toBe('Rejected by ana');
    const response = { approved: null, by: ['ana', 'bea'] };
    const status = 'responded';
    expect(of({ status, outcome: 'answered', response })).toBe('Answered by ana, bea');
    expect(of({ status, outcome: 'sent_back', response })).toBe('Sent back by ana, bea');
    expect(of({ status: 'timeout', outcome: 'timeout' })).toBe('Nobody answered in time');
    expect(of({ status: 'cancelled', outcome: 'withdrawn' })).toBe('Withdrawn');
  });
});

describe('promptBelow', () => {
  it('leaves out what the title says already', () => {
    const of = (prompt: string, title: string): string =>
      promptBelow(anInquiry('inq_1', { prompt, title }));
    expect(of('Publish it?', 'Publish it?')).toBe('');
    expect(of('## Publish **it**?\n\nmore', 'Publish it?')).toBe('more');
    expect(of('Publish **it**?\n\nmore', 'Publish it?')).toBe('Publish **it**?\n\nmore');
    expect(of('# A long title that is cut', 'A long…')).toBe('# A long title that is cut');
  });
});
