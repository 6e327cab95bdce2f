/** The inquiries page. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { InquiriesModel, InquiryView } from './model';

const Body = React.lazy(() => import('./body'));

/** `view` says which are shown (`InquiryView`): without it, what waits for the user. */
export const inquiriesPage: IPageDescription<'view'> = {
  name: 'inquiries',
  args: ['view'],
  listed: true,
  title: trans => trans.__('Inquiries'),
  create: (automation, { view = '' }) => {
    const { client, changes } = automation;
    return new PanelWidget(
      Body,
      new InquiriesModel(client, changes, { view: view as InquiryView }),
      automation
    );
  }
};
