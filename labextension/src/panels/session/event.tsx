/** The event that started a session. */
import * as React from 'react';

import { Empty } from '../../parts/controls';
import { IAutomation } from '../../tokens';
import { EventDetail } from '../events/detail';
import { SessionModel } from './model';

export function Event(props: {
  model: SessionModel;
  automation: IAutomation;
  now: number;
}): JSX.Element {
  const { model, automation, now } = props;
  if (!model.event) {
    return <Empty title={automation.trans.__('No event: this session was started by hand.')} />;
  }
  return <EventDetail event={model.event} now={now} automation={automation} />;
}
