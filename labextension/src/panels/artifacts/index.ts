/** The artifacts page. */
import * as React from 'react';

import { IAutomation, IPageArgs } from '../../tokens';
import { PanelWidget } from '../widget';
import { ArtifactsModel } from './model';

const Body = React.lazy(() => import('./body'));

export function artifactsPage(
  automation: IAutomation,
  args: IPageArgs
): PanelWidget<ArtifactsModel> {
  const model = new ArtifactsModel(automation.client, automation.stream, {
    trigger: args.trigger ?? '',
    session: args.session ?? ''
  });
  return new PanelWidget(Body, model, automation);
}
