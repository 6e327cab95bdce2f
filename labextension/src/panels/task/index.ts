/** The form that calls an API. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { TaskModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `id` is that of a trigger to change. */
export const taskPage: IPageDescription<'id'> = {
  name: 'task',
  args: ['id'],
  subject: ['id'],
  beside: true,
  title: (trans, { id }) => (id ? trans.__('Edit API Call') : trans.__('Call an API')),
  create: (automation, { id }) =>
    new PanelWidget(Body, new TaskModel(automation.client, automation.changes, id), automation)
};
