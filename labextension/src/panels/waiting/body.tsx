/** "2 wait for you" in the status bar. */
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useChanged } from '../../parts/hooks';
import { handIcon } from '../../parts/icons';
import { WaitingModel } from './model';

export function WaitingBody(props: {
  model: WaitingModel;
  trans: TranslationBundle;
  onOpen: () => void;
}): JSX.Element | null {
  const { model, trans, onOpen } = props;
  useChanged(model);
  const count = model.waiting.length;
  if (count === 0) {
    return null;
  }
  const text = model.more
    ? trans.__('over %1 wait for you', count)
    : trans._n('%1 waits for you', '%1 wait for you', count);
  const label = trans.__('Inquiries: %1', text);
  return (
    <button type="button" title={label} aria-label={label} onClick={onOpen}>
      <handIcon.react tag="span" />
      <span>{text}</span>
    </button>
  );
}
