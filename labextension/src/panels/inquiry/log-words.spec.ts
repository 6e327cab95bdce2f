import { nullTranslator } from '@jupyterlab/translation';

import { detailWords, whatWords } from './log-words';

const trans = nullTranslator.load('notebook_automation');

it('says what happened, and a new kind as it is', () => {
  expect(whatWords('sent_back', trans)).toBe('Sent back with a question');
  expect(whatWords('archived', trans)).toBe('archived');
});

it('says what is known of it, hashes by their first digits', () => {
  const digest = 'ab'.repeat(32);
  const detail = { comment: 'fine', to: ['bea', 'group:ops'], shown: [{ name: 'fig', digest }] };
  expect(detailWords(detail, trans)).toEqual([
    'Comment: fine',
    'To: bea, group:ops',
    'Shown, by hash: fig abababababab…'
  ]);
  expect(detailWords({ comment: '', decision: null }, trans)).toEqual([]);
  expect(detailWords({ value: 0 }, trans)).toEqual(['Value: 0']);
});
