/** The status-bar item of inquiries; small enough to be loaded from the start. */
import { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { InboxBody } from './body';
import { InboxModel } from './model';

export { InboxModel };

export class InboxItem extends ReactWidget {
  constructor(
    private readonly _model: InboxModel,
    private readonly _trans: TranslationBundle,
    private readonly _onOpen: () => void
  ) {
    super();
    this.addClass('na-StatusItem');
    this.addClass('na-InboxItem');
  }

  protected override render(): JSX.Element {
    const { _model: model, _trans: trans, _onOpen: onOpen } = this;
    return React.createElement(InboxBody, { model, trans, onOpen });
  }
}
