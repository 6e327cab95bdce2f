/** The page of one inquiry. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { InquiryModel } from './model';

const Body = React.lazy(() => import('./body'));

export const inquiryPage: IPageDescription<'id'> = {
  name: 'inquiry',
  args: ['id'],
  subject: ['id'],
  title: trans => trans.__('Inquiry'),
  create: (automation, { id = '' }) => {
    const model = new InquiryModel(automation.client, automation.changes, id);
    const panel = new PanelWidget(Body, model, automation);
    model.changed.connect(() => {
      if (model.inquiry) {
        panel.title.label = model.inquiry.title;
        panel.title.caption = `${model.inquiry.title}\n${model.id}`;
      }
    });
    return panel;
  }
};
