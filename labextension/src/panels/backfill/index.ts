/** The page of a schedule's times: what became of each, and those that are to run after all. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { BackfillModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `trigger` is a schedule's `project/name`, or its id. */
export const backfillPage: IPageDescription<'trigger'> = {
  name: 'backfill',
  args: ['trigger'],
  subject: ['trigger'],
  title: (trans, { trigger = '' }) => trans.__('Times of %1', trigger),
  create: (automation, { trigger = '' }) =>
    new PanelWidget(
      Body,
      new BackfillModel(automation.client, automation.changes, trigger),
      automation
    )
};
