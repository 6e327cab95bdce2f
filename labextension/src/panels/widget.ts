/** A panel as a Lumino widget: its body is fetched when it is first shown. */
import { ReactWidget } from '@jupyterlab/ui-components';
import { Message } from '@lumino/messaging';
import * as React from 'react';

import { Channel } from '../api/change-types';
import { IAutomation } from '../tokens';
import { LiveModel } from './live';

export interface IBodyProps<M> {
  model: M;
  automation: IAutomation;
}

export type Body<M> = React.ComponentType<IBodyProps<M>>;

/** Draws `body` with `model`; while the panel is hidden, the model fetches nothing. */
export class PanelWidget<M extends LiveModel<Channel>> extends ReactWidget {
  constructor(
    private readonly _body: Body<M>,
    readonly model: M,
    private readonly _automation: IAutomation
  ) {
    super();
    this.addClass('na-Panel');
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.model.dispose();
      super.dispose();
    }
  }

  protected override render(): JSX.Element {
    const { trans } = this._automation;
    const waiting = React.createElement('p', { className: 'na-Waiting' }, trans.__('Loading…'));
    const props = { model: this.model, automation: this._automation };
    return React.createElement(
      React.Suspense,
      { fallback: waiting },
      React.createElement(this._body, props)
    );
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this.model.setActive(this.isVisible);
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.model.setActive(true);
  }

  protected override onBeforeHide(message: Message): void {
    super.onBeforeHide(message);
    this.model.setActive(false);
  }
}
