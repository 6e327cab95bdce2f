/** Text with terminal colours, as a notebook shows a traceback. */
import { IRenderMimeRegistry, renderText } from '@jupyterlab/rendermime';
import * as React from 'react';

/** The escape sequences themselves, for an application that cannot draw them. */
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b\[[0-9;]*[A-Za-z]/g;

export function Traceback(props: {
  text: string;
  label: string;
  rendermime: IRenderMimeRegistry | null;
}): JSX.Element {
  const { text, rendermime } = props;
  const host = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    if (host.current && rendermime) {
      host.current.replaceChildren();
      void renderText({ host: host.current, sanitizer: rendermime.sanitizer, source: text });
    }
  }, [text, rendermime]);
  return (
    <div
      ref={host}
      className="na-Traceback jp-RenderedText"
      role="group"
      tabIndex={0}
      aria-label={props.label}
    >
      {rendermime ? null : <pre>{text.replace(ESCAPES, '')}</pre>}
    </div>
  );
}
