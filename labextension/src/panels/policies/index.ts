/** The page of a project's policies. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { PoliciesModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `project` is the name of the project that is shown at first. */
export const policiesPage: IPageDescription<'project'> = {
  name: 'policies',
  args: ['project'],
  listed: true,
  title: trans => trans.__('Policies'),
  create: (automation, { project = '' }) => {
    const { client, changes } = automation;
    return new PanelWidget(Body, new PoliciesModel(client, changes, project), automation);
  }
};
