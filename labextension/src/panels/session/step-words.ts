/** What a session's page says of a step. */
import { TranslationBundle } from '@jupyterlab/translation';

import { IStep } from '../../api/steps';

/** What became of a step: its result, its error, or what a person has to do. */
export function resultWords(step: IStep, trans: TranslationBundle): string {
  if (step.error) {
    return `${step.error.type}: ${step.error.message}`;
  }
  if (step.status === 'uncertain') {
    return trans.__(
      'It was cut off: look whether it took effect. Its idempotency key is %1.',
      step.idempotency_key
    );
  }
  return step.shown ?? '';
}
