/** The page of the API: its log, and what a day of requests comes to. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { ApiLogsModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `correlation_id` shows one request; `route` limits the list. */
export const apiLogsPage: IPageDescription<'correlation_id' | 'route'> = {
  name: 'api',
  args: ['correlation_id', 'route'],
  listed: true,
  title: trans => trans.__('API'),
  create: (automation, { correlation_id = '', route = '' }) => {
    const { client, changes } = automation;
    return new PanelWidget(
      Body,
      new ApiLogsModel(client, changes, { correlation_id, route }),
      automation
    );
  }
};
