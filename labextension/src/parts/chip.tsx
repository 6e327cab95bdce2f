/** A state as an icon and a word; its colour is not all that tells it. */
import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

export type Tone = 'good' | 'bad' | 'busy' | 'idle' | 'warn';

/** How a state looks. */
export type Look = readonly [tone: Tone, icon: LabIcon];

export function Chip(props: {
  look: Look;
  label: string;
  /** The state as the server calls it. */
  status?: string;
  title?: string | null;
}): JSX.Element {
  const [tone, icon] = props.look;
  return (
    <span
      className={`na-Chip na-mod-${tone}`}
      data-status={props.status}
      title={props.title ?? undefined}
    >
      <icon.react tag="span" className="na-Chip-icon" />
      <span>{props.label}</span>
    </span>
  );
}
