/** The sessions page. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { SessionsModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `status` is a group of statuses (`GROUPS`), `trigger` a `project/name`; both limit the list. */
export const sessionsPage: IPageDescription<'status' | 'trigger'> = {
  name: 'sessions',
  args: ['status', 'trigger'],
  listed: true,
  title: trans => trans.__('Sessions'),
  create: (automation, { status: group = '', trigger = '' }) => {
    const { client, changes, documents } = automation;
    return new PanelWidget(
      Body,
      new SessionsModel(client, changes, { group, trigger }, documents),
      automation
    );
  }
};
