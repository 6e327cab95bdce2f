/** The artifacts page. */
import * as React from 'react';

import { IPageDescription } from '../page';
import { PanelWidget } from '../widget';
import { ArtifactsModel } from './model';

const Body = React.lazy(() => import('./body'));

/** `trigger` (`project/name`) and `session` (an id) limit the list. */
export const artifactsPage: IPageDescription<'trigger' | 'session'> = {
  name: 'artifacts',
  args: ['trigger', 'session'],
  listed: true,
  title: trans => trans.__('Artifacts'),
  create: (automation, { trigger = '', session = '' }) => {
    const { client, changes } = automation;
    return new PanelWidget(
      Body,
      new ArtifactsModel(client, changes, { trigger, session }),
      automation
    );
  }
};
