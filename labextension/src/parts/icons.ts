/** Our own icons, drawn with the theme's colours. */
import { LabIcon } from '@jupyterlab/ui-components';

const svg = (path: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">` +
  `<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="${path}"/></svg>`;

/** A page with a flash on it: a notebook that runs by itself. */
export const automationIcon = new LabIcon({
  name: 'notebook-automation:automation',
  svgstr: svg(
    'M6 2h12a2 2 0 0 1 2 2v7h-2V4H8v16h4v2H6a2 2 0 0 1-2-2v-2H3v-2h1v-3H3v-2h1V8H3V6h1V4' +
      'a2 2 0 0 1 2-2zm12.500 10L13 18.500h3.500L15.500 23l5.500-6.500h-3.500z'
  )
});

export const webhookIcon = new LabIcon({
  name: 'notebook-automation:webhook',
  svgstr: svg(
    'M10.500 7.500a2.500 2.500 0 1 1 4.700 1.200l1.700 3a4.500 4.500 0 1 1-1.600 8.700l.7-1.900' +
      'a2.500 2.500 0 1 0-.1-4.400l-.9.500-2.800-5a2.500 2.500 0 0 1-1.700-2.100zm1.500 2.500 1.300 1.400' +
      '-2 3.600a3 3 0 1 1-1.700-1l1.800-3.200zM7 15v2a1 1 0 1 0 1 1h8.300a3 3 0 1 1 0 2H11.700' +
      'A4.500 4.500 0 1 1 7 13.500z'
  )
});

export const clockIcon = new LabIcon({
  name: 'notebook-automation:clock',
  svgstr: svg(
    'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16z' +
      'm.5-13H11v6l5.200 3.100.8-1.200-4.500-2.700z'
  )
});

export const handIcon = new LabIcon({
  name: 'notebook-automation:hand',
  svgstr: svg(
    'M9 11.200V6.500a2.500 2.500 0 0 1 5 0v4.700a4.500 4.500 0 1 0-5 0zm9.800 4.700-4.500-2.300' +
      'a1.200 1.200 0 0 0-.5-.1H13V6.500a1.500 1.500 0 0 0-3 0v10.700l-3.400-.7a1 1 0 0 0-1 .3' +
      'l-.8.800 4.900 5c.3.300.7.400 1.100.400h6.800c.7 0 1.300-.6 1.400-1.300l.8-5.200a1.500 1.500 0 0 0-1-1.600z'
  )
});

export const eventIcon = new LabIcon({
  name: 'notebook-automation:event',
  svgstr: svg('M13 2 4 14h6l-1 8 9-12h-6z')
});

/** Two arrows that follow each other: once more, with the same. Lab's own refresh is for looking again. */
export const retryIcon = new LabIcon({
  name: 'notebook-automation:retry',
  svgstr: svg('M7 7h10v3l4-4-4-4v3H5v6h2zm10 10H7v-3l-4 4 4 4v-3h12v-6h-2z')
});

/** One arrow from a page: once more, with what is there now. */
export const rerunIcon = new LabIcon({
  name: 'notebook-automation:rerun',
  svgstr: svg('M4 2h9l5 5v4h-2V8h-4V4H6v16h5v2H4zm9.500 11v9l7-4.500z')
});

/** A disk with a tick: what a cell left is saved. */
export const savedIcon = new LabIcon({
  name: 'notebook-automation:saved',
  svgstr: svg(
    'M5 3a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h14a2 2 0 0 0 2-2V8l-5-5zm0 2h10.200L19 8.800V19H5zm5.600 12.200' +
      '-3.800-3.800 1.400-1.400 2.400 2.400 5.200-5.200 1.400 1.400z'
  )
});

/** A disk with a line through it: it is not gone on from here. */
export const unsavedIcon = new LabIcon({
  name: 'notebook-automation:unsaved',
  svgstr: svg(
    'M3 4.300 4.300 3 21 19.700 19.700 21l-.4-.4a2 2 0 0 1-.3.400H5a2 2 0 0 1-2-2V5zM5 6.300V19h12.700zM8.200 5H15.200' +
      'L19 8.800v7l2 2V8l-5-5H6.200z'
  )
});

export const bookmarkIcon = new LabIcon({
  name: 'notebook-automation:bookmark',
  svgstr: svg('M6 3h12a1 1 0 0 1 1 1v17l-7-4-7 4V4a1 1 0 0 1 1-1zm1 2v12.600l5-2.900 5 2.900V5z')
});

/** The same, filled. */
export const bookmarkedIcon = new LabIcon({
  name: 'notebook-automation:bookmarked',
  svgstr: svg('M6 3h12a1 1 0 0 1 1 1v17l-7-4-7 4V4a1 1 0 0 1 1-1z')
});
