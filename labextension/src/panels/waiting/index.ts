/** The status-bar item of inquiries; small enough to be loaded from the start. */
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { WaitingBody } from './body';
import { WaitingModel } from './model';

export { WaitingModel };

export class WaitingItem extends ReactWidget {
  constructor(
    private readonly _model: WaitingModel,
    private readonly _trans: TranslationBundle,
    private readonly _onOpen: () => void
  ) {
    super();
    this.addClass('na-StatusItem');
    this.addClass('na-WaitingItem');
  }

  protected override render(): JSX.Element {
    const { _model: model, _trans: trans, _onOpen: onOpen } = this;
    return React.createElement(WaitingBody, { model, trans, onOpen });
  }
}
