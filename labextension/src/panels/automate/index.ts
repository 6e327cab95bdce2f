/** The form "Automate". */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { AutomateModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `id` is that of a trigger to change; `path` that of a notebook to automate, under the Jupyter root. */
export const automatePage: IPageDescription<'id' | 'path'> = {
  name: 'automate',
  args: ['id', 'path'],
  subject: ['id', 'path'],
  beside: true,
  title: (trans, { id }) => (id ? trans.__('Edit Trigger') : trans.__('Automate')),
  create: (automation, { id, path }) => {
    const { client, changes, documents } = automation;
    return new PanelWidget(
      Body,
      new AutomateModel(client, changes, { trigger: id, path }, documents),
      automation
    );
  }
};
