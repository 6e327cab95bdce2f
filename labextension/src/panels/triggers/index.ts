/** The triggers page. */
import * as React from 'react';

import { IAutomation, IPageArgs } from '../../tokens';
import { PanelWidget } from '../widget';
import { TriggersModel } from './model';

const Body = React.lazy(() => import('./body'));

export function triggersPage(automation: IAutomation, args: IPageArgs): PanelWidget<TriggersModel> {
  const opened = args.id ?? args.trigger ?? null;
  const model = new TriggersModel(automation.client, automation.stream, opened);
  return new PanelWidget(Body, model, automation);
}
