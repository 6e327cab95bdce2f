/** The status-bar item; small enough to be loaded from the start. */
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { StatusBody } from './body';
import { StatusModel } from './model';

export { StatusModel };

export class StatusItem extends ReactWidget {
  constructor(
    private readonly _model: StatusModel,
    private readonly _trans: TranslationBundle,
    private readonly _onOpen: (failed: boolean) => void
  ) {
    super();
    this.addClass('na-StatusItem');
  }

  protected override render(): JSX.Element {
    const { _model: model, _trans: trans, _onOpen: onOpen } = this;
    return React.createElement(StatusBody, { model, trans, onOpen });
  }
}
