/** The page of one sweep: its combinations as a grid, by what came of each. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { SweepModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `id` is the sweep's, `grp_…`. */
export const sweepPage: IPageDescription<'id'> = {
  name: 'sweep',
  args: ['id'],
  subject: ['id'],
  title: trans => trans.__('Sweep'),
  create: (automation, { id = '' }) =>
    new PanelWidget(Body, new SweepModel(automation.client, automation.changes, id), automation)
};
