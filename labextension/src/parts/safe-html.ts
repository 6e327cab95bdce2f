/**
 * HTML of strangers beyond what JupyterLab's sanitizer takes out: nothing is fetched, nothing looks like ours.
 *
 * Lab's sanitizer alone keeps pictures from elsewhere, forms, classes and ids; and what is drawn here (prompts,
 * Markdown cells and texts that are shown) is Markdown as it was written, which no server has made HTML of.
 */
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';

type Sanitizer = IRenderMimeRegistry['sanitizer'];

/** What would fetch from elsewhere, or could be taken for a form of ours. */
const DROPPED =
  'audio, video, source, track, picture, form, input, button, select, textarea, map, area, link, style, meta, base';

/** Attributes that reach into Lab: its commands, its styles, its ids. */
const KEPT_CLASS = /^(cm-|language-|jp-RenderedMermaid)/;

/** Images that come with the text itself. */
const OWN_IMAGE = /^data:image\/(png|jpeg|gif|webp|svg\+xml)[;,]/i;

/**
 * A sanitizer which also keeps what it is given from fetching anything.
 *
 * Pictures from elsewhere would tell their server who reads, and when: they become links.
 */
export function closed(sanitizer: Sanitizer): Sanitizer {
  return {
    allowNamedProperties: false,
    sanitize: (dirty, options) => withoutFetches(sanitizer.sanitize(dirty, options))
  };
}

/** The HTML without what fetches, submits, or reaches into the page around it. */
export function withoutFetches(html: string): string {
  // A document of its own, in which nothing is loaded.
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  body.querySelectorAll('img').forEach(image => replaceRemote(image));
  body.querySelectorAll(DROPPED).forEach(element => element.remove());
  body.querySelectorAll('*').forEach(element => tidy(element));
  return body.innerHTML;
}

function replaceRemote(image: HTMLImageElement): void {
  image.removeAttribute('srcset');
  const address = image.getAttribute('src') ?? '';
  if (OWN_IMAGE.test(address)) {
    return;
  }
  if (!/^https?:\/\//i.test(address)) {
    image.replaceWith(image.alt);
    return;
  }
  const link = image.ownerDocument.createElement('a');
  link.href = address;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  link.textContent = `[${image.alt || address}]`;
  image.replaceWith(link);
}

function tidy(element: Element): void {
  for (const { name } of [...element.attributes]) {
    const isOurs = name === 'id' || name === 'name' || name.startsWith('data-');
    if (isOurs || name === 'background' || name === 'usemap' || name === 'ping') {
      element.removeAttribute(name);
    }
  }
  if (/url\s*\(|position|image-set/i.test(element.getAttribute('style') ?? '')) {
    element.removeAttribute('style');
  }
  const classes = [...element.classList].filter(name => KEPT_CLASS.test(name));
  if (classes.length > 0) {
    element.className = classes.join(' ');
  } else {
    element.removeAttribute('class');
  }
}
