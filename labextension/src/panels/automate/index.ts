/** The form "Automate". */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { AutomateModel } from './model';

const Body = React.lazy(() => import('./body'));

/**
 * `id` is that of a trigger to change; `path` that of a notebook to automate, under the Jupyter root. `event` is the id
 * of one that the new trigger is to be for, `filter` what lets such ones through.
 */
export const automatePage: IPageDescription<'id' | 'path' | 'event' | 'filter'> = {
  name: 'automate',
  args: ['id', 'path', 'event', 'filter'],
  subject: ['id', 'path'],
  beside: true,
  title: (trans, { id }) => (id ? trans.__('Edit Trigger') : trans.__('Automate')),
  create: (automation, { id, path, event, filter }) => {
    const { client, changes, documents } = automation;
    return new PanelWidget(
      Body,
      new AutomateModel(client, changes, { trigger: id, path, event, filter }, documents),
      automation
    );
  }
};
