/** The sidebar: an overview, from which everything else opens. */
import * as React from 'react';

import { IAutomation } from '../../tokens';
import { PanelWidget } from '../widget';
import { OverviewModel } from './model';

const Body = React.lazy(() => import('./body'));

export function overview(automation: IAutomation): PanelWidget<OverviewModel> {
  const model = new OverviewModel(automation.client, automation.changes);
  return new PanelWidget(Body, model, automation);
}
