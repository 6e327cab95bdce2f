/** A moment in words, with the full date and time in the tooltip. */
import * as React from 'react';

import { precise, relative } from './times';

export function When(props: { at: string; now: number }): JSX.Element {
  return (
    <time dateTime={props.at} title={precise(props.at)}>
      {relative(props.at, props.now)}
    </time>
  );
}
