/** A line of code that can be copied. It stands alone, since Lab's clipboard brings much with it. */
import { Clipboard } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { checkIcon, copyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './controls';

/** How long "Copied" is shown, in milliseconds. */
const COPIED = 1600;

/** A line of code with a button that copies it. */
export function CopyLine(props: {
  text: string;
  label: string;
  trans: TranslationBundle;
}): JSX.Element {
  const [copied, setCopied] = React.useState(false);
  React.useEffect(() => {
    if (!copied) {
      return;
    }
    const timer = window.setTimeout(() => setCopied(false), COPIED);
    return () => window.clearTimeout(timer);
  }, [copied]);
  return (
    <span className="na-CopyLine">
      <code tabIndex={0} aria-label={props.label}>
        {props.text}
      </code>
      <IconButton
        icon={copied ? checkIcon : copyIcon}
        label={copied ? props.trans.__('Copied') : props.trans.__('Copy %1', props.label)}
        onClick={() => {
          Clipboard.copyToSystem(props.text);
          setCopied(true);
        }}
      />
    </span>
  );
}
