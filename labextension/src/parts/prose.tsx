/** Markdown that somebody else wrote, by JupyterLab's renderer: sanitised, and fetching nothing. */
import { IRenderMimeRegistry, renderMarkdown } from '@jupyterlab/rendermime';
import * as React from 'react';

import { closed } from './safe-html';

export function Prose(props: {
  text: string;
  rendermime: IRenderMimeRegistry | null;
}): JSX.Element {
  const { text, rendermime } = props;
  const host = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    const node = host.current;
    if (!node || !rendermime?.markdownParser) {
      return;
    }
    // Drawn beside the page: an older text that is ready late does not replace a newer one.
    const drawn = document.createElement('div');
    let isCurrent = true;
    void renderMarkdown({
      host: drawn,
      source: text,
      trusted: false,
      sanitizer: closed(rendermime.sanitizer),
      resolver: null,
      linkHandler: null,
      shouldTypeset: false,
      latexTypesetter: null,
      markdownParser: rendermime.markdownParser
    }).then(() => {
      if (isCurrent) {
        drawn.querySelectorAll('.jp-InternalAnchorLink').forEach(link => link.remove());
        node.replaceChildren(...drawn.childNodes);
        void rendermime.latexTypesetter?.typeset(node);
      }
    });
    return () => {
      isCurrent = false;
    };
  }, [text, rendermime]);
  return (
    <div ref={host} className="na-Prose jp-RenderedHTMLCommon">
      {rendermime?.markdownParser ? null : <pre>{text}</pre>}
    </div>
  );
}
