/** The events page. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { EventsModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `id` is that of the event whose details are open at first; `trigger`, a `project/name`, limits the list. */
export const eventsPage: IPageDescription<'id' | 'trigger'> = {
  name: 'events',
  args: ['id', 'trigger'],
  listed: true,
  title: trans => trans.__('Events'),
  create: (automation, { id, trigger = '' }) => {
    const { client, changes } = automation;
    return new PanelWidget(Body, new EventsModel(client, changes, { trigger }, id), automation);
  }
};
