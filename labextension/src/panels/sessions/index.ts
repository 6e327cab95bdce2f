/** The sessions page. */
import * as React from 'react';

import { IAutomation, IPageArgs } from '../../tokens';
import { PanelWidget } from '../widget';
import { SessionsModel } from './model';

const Body = React.lazy(() => import('./body'));

export function sessionsPage(automation: IAutomation, args: IPageArgs): PanelWidget<SessionsModel> {
  const model = new SessionsModel(automation.client, automation.stream, {
    group: args.status ?? '',
    trigger: args.trigger ?? ''
  });
  return new PanelWidget(Body, model, automation);
}
