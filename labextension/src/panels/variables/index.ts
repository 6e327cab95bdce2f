/** The page of variables and secrets. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { VariablesModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `project` is the name of the project that is shown at first. */
export const variablesPage: IPageDescription<'project'> = {
  name: 'variables',
  args: ['project'],
  listed: true,
  title: trans => trans.__('Variables'),
  create: (automation, { project = '' }) => {
    const { client, changes } = automation;
    return new PanelWidget(Body, new VariablesModel(client, changes, project), automation);
  }
};
