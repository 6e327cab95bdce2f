/** HTML that a session made, in a frame of an opaque origin: its scripts run, and reach nothing of Jupyter's. */
import * as React from 'react';

import { framed } from '../sandbox-page';

/** Lowest and highest frame, in pixels; a page that is higher scrolls. */
const LOWEST = 40;
const HIGHEST = 560;

/** Tables look as in a notebook; a page with styles of its own has them after these. */
const LOOK = `<style>body { font: 13px/1.5 system-ui, sans-serif; color: #212121; background: white; margin: 8px; }
table { border-collapse: collapse; } td, th { padding: 4px 8px; text-align: right; border: 0; }
thead { border-bottom: 1px solid #bdbdbd; } tbody tr:nth-child(odd) { background: #f5f5f5; }</style>`;

export function SandboxFrame(props: { html: string; title: string }): JSX.Element {
  const { html, title } = props;
  const frame = React.useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = React.useState(LOWEST);
  const [url, setUrl] = React.useState('');
  React.useEffect(() => {
    const page = framed(LOOK + html, title, true);
    const address = URL.createObjectURL(new Blob([page], { type: 'text/html;charset=utf-8' }));
    setUrl(address);
    return () => URL.revokeObjectURL(address);
  }, [html, title]);
  React.useEffect(() => {
    const onMessage = ({ source, data }: MessageEvent<{ height?: unknown } | null>): void => {
      // Anybody may send messages here; of this frame, only a number is believed.
      if (source !== null && source === frame.current?.contentWindow) {
        setHeight(fitted(data?.height));
      }
    };
    window.addEventListener('message', onMessage);
    return () => window.removeEventListener('message', onMessage);
  }, []);
  return (
    <iframe
      ref={frame}
      className="na-SandboxFrame"
      title={title}
      sandbox="allow-scripts"
      src={url || undefined}
      style={{ height }}
    />
  );
}

/** A height that a page tells, within what a frame may have. */
export function fitted(height: unknown): number {
  return typeof height === 'number' && Number.isFinite(height)
    ? Math.min(HIGHEST, Math.max(LOWEST, Math.ceil(height) + 2))
    : LOWEST;
}
