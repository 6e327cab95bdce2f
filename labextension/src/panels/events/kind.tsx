/** Where an event came from, as an icon and a word. */
import { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon, fileIcon, linkIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { EventSource } from '../../api/events';
import {
  automationIcon,
  clockIcon,
  eventIcon,
  handIcon,
  retryIcon,
  webhookIcon
} from '../../parts/icons';

const ICONS: Record<EventSource, LabIcon> = {
  webhook: webhookIcon,
  schedule: clockIcon,
  manual: handIcon,
  emit: eventIcon,
  replay: retryIcon,
  session: automationIcon,
  artifact: fileIcon,
  file: fileIcon,
  connection: linkIcon
};

export function sourceLabel(source: EventSource, trans: TranslationBundle): string {
  const labels: Record<EventSource, string> = {
    webhook: trans.__('Webhook'),
    schedule: trans.__('Schedule'),
    manual: trans.__('By hand'),
    emit: trans.__('Emitted'),
    replay: trans.__('Replayed'),
    session: trans.__('A session ended'),
    artifact: trans.__('An artifact'),
    file: trans.__('A file'),
    connection: trans.__('Connection')
  };
  return labels[source];
}

export function SourceIcon(props: { source: EventSource; label: string }): JSX.Element {
  const icon = ICONS[props.source];
  return (
    <span className="na-TypeIcon" role="img" aria-label={props.label} title={props.label}>
      <icon.react tag="span" />
    </span>
  );
}
