/** The page of the inbox: every delivery, also those that no trigger waited for. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { IInboxFilter, InboxModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `id` is that of the delivery that is open at first; `source` and `status` limit the list. */
export const inboxPage: IPageDescription<'id' | 'source' | 'status'> = {
  name: 'inbox',
  args: ['id', 'source', 'status'],
  listed: true,
  title: trans => trans.__('Inbox'),
  create: (automation, { id, source = '', status }) => {
    const { client, changes } = automation;
    const filter: Partial<IInboxFilter> = { source, status: status === 'failed' ? 'failed' : '' };
    return new PanelWidget(Body, new InboxModel(client, changes, filter, id), automation);
  }
};
