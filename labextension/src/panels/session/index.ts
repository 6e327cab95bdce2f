/** The page of one session. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { shortName } from '../sessions/summary';
import { PanelWidget } from '../widget';
import { SessionModel } from './model';

const Body = React.lazy(() => import('./body'));

export const sessionPage: IPageDescription<'id'> = {
  name: 'session',
  args: ['id'],
  subject: ['id'],
  title: trans => trans.__('Session'),
  create: (automation, { id = '' }) => {
    const model = new SessionModel(automation.client, automation.changes, id);
    const panel = new PanelWidget(Body, model, automation);
    model.changed.connect(() => {
      if (model.session) {
        panel.title.label = shortName(model.session);
        panel.title.caption = `${model.session.trigger ?? model.session.call}\n${model.id}`;
      }
    });
    return panel;
  }
};
