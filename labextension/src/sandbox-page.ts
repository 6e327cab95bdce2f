/** A page that a session made, framed so that its scripts run and reach nothing of Jupyter's. */

/** Where libraries of figures, and tiles of maps, come from. */
const LIBRARIES = [
  'https://cdn.jsdelivr.net',
  'https://unpkg.com',
  'https://cdnjs.cloudflare.com',
  'https://cdn.plot.ly',
  'https://cdn.bokeh.org',
  'https://code.jquery.com',
  'https://esm.sh',
  'https://fonts.googleapis.com',
  'https://fonts.gstatic.com',
  'https://*.tile.openstreetmap.org',
  'https://*.basemaps.cartocdn.com'
].join(' ');

/** No address of Jupyter's own is in it, nor one that the page could choose: what it shows cannot be sent away. */
const POLICY = [
  "default-src 'none'",
  `script-src 'unsafe-inline' 'unsafe-eval' data: blob: ${LIBRARIES}`,
  `style-src 'unsafe-inline' data: ${LIBRARIES}`,
  `connect-src data: blob: ${LIBRARIES}`,
  `img-src data: blob: ${LIBRARIES}`,
  `font-src data: ${LIBRARIES}`,
  'media-src data: blob:',
  'worker-src data: blob:',
  'frame-src data: blob:',
  "form-action 'none'",
  "base-uri 'none'"
].join('; ');

/** Leads to places in the page: in a sandbox the browser takes such a link for one to another page. */
const LINKS = `<script>addEventListener('click', event => {
  const link = event.target.closest?.('a[href^="#"]');
  if (link && !event.defaultPrevented) {
    event.preventDefault();
    const name = decodeURIComponent(link.getAttribute('href').slice(1));
    const place = document.getElementById(name) ?? document.getElementsByName(name)[0];
    (place ?? document.documentElement).scrollIntoView();
  }
});</script>`;

/** Tells the frame around it how high the page is, in pixels. */
const TELLS_HEIGHT = `<script>new ResizeObserver(() => parent.postMessage(
  { height: document.documentElement.getBoundingClientRect().height }, '*'
)).observe(document.documentElement);</script>`;

/** Passes on what the inner frame tells; nothing but a number. */
const PASSES_HEIGHT = `addEventListener('message', ({ source, data }) => {
  if (source === frame.contentWindow) parent.postMessage({ height: Number(data && data.height) }, '*');
});`;

/**
 * Return a page for a frame whose sandbox allows scripts alone; it holds `html` in a second frame.
 *
 * The inner page inherits the policy of the outer one, which also says where the inner frame may go: a script cannot
 * even lead its own frame to an address of Jupyter's. With `fit` the page tells its height, as a message `{height}`.
 */
export function framed(html: string, title: string, fit = false): string {
  const held = html + LINKS + (fit ? TELLS_HEIGHT : '');
  return `<!DOCTYPE html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<style>html, body, iframe { display: block; width: 100%; height: 100%; margin: 0; border: 0; }
html { background: white; }</style>
<body><script>
const frame = document.createElement('iframe');
frame.title = ${literal(title)};
frame.setAttribute('sandbox', 'allow-scripts');
frame.src = URL.createObjectURL(new Blob([${literal(held)}], { type: 'text/html;charset=utf-8' }));
${fit ? PASSES_HEIGHT : ''}
document.body.append(frame);
</script>`;
}

/** A text as a script may hold it in a page. */
function literal(text: string): string {
  return JSON.stringify(text).replace(/</g, '\\u003c');
}
