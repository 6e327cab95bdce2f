/** The triggers page. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { TriggersModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `id`, or `trigger` as `project/name`, is that of the trigger whose details are open at first. */
export const triggersPage: IPageDescription<'id' | 'trigger'> = {
  name: 'triggers',
  args: ['id', 'trigger'],
  listed: true,
  title: trans => trans.__('Triggers'),
  create: (automation, { id, trigger }) => {
    const { client, changes } = automation;
    return new PanelWidget(Body, new TriggersModel(client, changes, id ?? trigger), automation);
  }
};
