import { nullTranslator } from '@jupyterlab/translation';

import { aStep } from '../../testing/steps';
import { resultWords } from './step-words';

describe('resultWords', () => {
  const trans = nullTranslator.load('notebook_automation');

  it.each([
    [aStep(), "'R-7'"],
    [aStep({ status: 'started', shown: null }), ''],
    [
      aStep({ status: 'failed', shown: null, error: { type: 'OSError', message: 'no mail' } }),
      'OSError: no mail'
    ],
    [
      aStep({ status: 'uncertain', shown: null }),
      'It was cut off: look whether it took effect. Its idempotency key is k1.'
    ]
  ])('says what became of a step', (step, words) => {
    expect(resultWords(step, trans)).toBe(words);
  });
});
