/** The page of one session. */
import * as React from 'react';

import { IAutomation, IPageArgs } from '../../tokens';
import { PanelWidget } from '../widget';
import { SessionModel } from './model';

const Body = React.lazy(() => import('./body'));

export function sessionPage(automation: IAutomation, args: IPageArgs): PanelWidget<SessionModel> {
  const model = new SessionModel(automation.client, automation.stream, args.id ?? '');
  return new PanelWidget(Body, model, automation);
}
