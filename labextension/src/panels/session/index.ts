/** The page of one session. */
import * as React from 'react';

import { IAutomation, IPageArgs } from '../../tokens';
import { shortName } from '../sessions/model';
import { PanelWidget } from '../widget';
import { SessionModel } from './model';

const Body = React.lazy(() => import('./body'));

export function sessionPage(automation: IAutomation, args: IPageArgs): PanelWidget<SessionModel> {
  const model = new SessionModel(automation.client, automation.stream, args.id ?? '');
  const panel = new PanelWidget(Body, model, automation);
  model.changed.connect(() => {
    if (model.session) {
      panel.title.label = shortName(model.session);
      panel.title.caption = `${model.session.trigger ?? model.session.call}\n${model.id}`;
    }
  });
  return panel;
}
