/** A trigger's type as an icon and a word, and the trigger in one line. */
import { TranslationBundle } from '@jupyterlab/translation';
import { LabIcon, fileIcon, linkIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { ITrigger, TriggerType, callText } from '../../api/triggers';
import { automationIcon, clockIcon, eventIcon, handIcon, webhookIcon } from '../../parts/icons';

const ICONS: Record<TriggerType, LabIcon> = {
  webhook: webhookIcon,
  schedule: clockIcon,
  event: eventIcon,
  session: automationIcon,
  artifact: fileIcon,
  manual: handIcon,
  connection: linkIcon,
  file: fileIcon,
  entity: eventIcon
};

export function typeLabel(type: TriggerType, trans: TranslationBundle): string {
  const labels: Record<TriggerType, string> = {
    webhook: trans.__('Webhook'),
    schedule: trans.__('Schedule'),
    event: trans.__('Event'),
    session: trans.__('After a session'),
    artifact: trans.__('Artifact'),
    manual: trans.__('By hand'),
    connection: trans.__('Connection'),
    file: trans.__('File'),
    entity: trans.__('Entity')
  };
  return labels[type];
}

export function TypeIcon(props: { type: TriggerType; label: string }): JSX.Element {
  const icon = ICONS[props.type];
  return (
    <span className="na-TypeIcon" role="img" aria-label={props.label} title={props.label}>
      <icon.react tag="span" />
    </span>
  );
}

/** Why it cannot run; empty where nothing is in its way. */
export function problemText(trigger: ITrigger): string {
  return trigger.problems.map(problem => problem.message).join(' ');
}

/** When a trigger runs that does so by itself, in words: "every 5 minutes", "after load completed". */
export function whenText(trigger: ITrigger): string | undefined {
  const { schedule, after, artifact, files } = trigger;
  return (schedule ?? after ?? artifact ?? files)?.description;
}

/** What it runs, and when: "report.ipynb · at 06:00, Monday to Friday, Europe/Berlin". */
export function summary(trigger: ITrigger, trans: TranslationBundle): string {
  const type = typeLabel(trigger.type, trans);
  const method = trigger.type === 'webhook' && trigger.event_type?.toUpperCase();
  const when = whenText(trigger) ?? (method ? `${type} ${method}` : (trigger.event_type ?? type));
  return [callText(trigger) ?? trans.__('records events only'), when].join(' · ');
}
