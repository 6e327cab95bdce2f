/** The notifications page. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { NotificationsModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `project`, an id, limits the list. */
export const notificationsPage: IPageDescription<'project'> = {
  name: 'notifications',
  args: ['project'],
  listed: true,
  title: trans => trans.__('Notifications'),
  create: (automation, { project = '' }) => {
    const { client, changes } = automation;
    return new PanelWidget(Body, new NotificationsModel(client, changes, { project }), automation);
  }
};
