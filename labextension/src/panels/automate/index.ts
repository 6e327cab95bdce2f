/** The form "Automate". */
import * as React from 'react';

import { IAutomation, IPageArgs } from '../../tokens';
import { PanelWidget } from '../widget';
import { AutomateModel } from './model';

const Body = React.lazy(() => import('./body'));

export function automatePage(automation: IAutomation, args: IPageArgs): PanelWidget<AutomateModel> {
  const subject = { path: args.path, trigger: args.id };
  const model = new AutomateModel(automation.client, automation.stream, subject);
  return new PanelWidget(Body, model, automation);
}
