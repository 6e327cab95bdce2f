const jupyterlab = require('@jupyterlab/testutils/lib/jest-config');

// Packages published as ES modules only, which jest has to transform.
const modules = [
  '@codemirror',
  '@jupyter',
  '@jupyterlab',
  '@marijn',
  '@microsoft',
  '@rjsf',
  'color',
  'exenv-es6',
  'lib0',
  'marked',
  'nanoid',
  'vscode-ws-jsonrpc',
  'y-protocols',
  'y-websocket',
  'yjs'
];

module.exports = {
  ...jupyterlab(__dirname),
  reporters: ['default'],
  // No test waits: each moves the clock itself.
  fakeTimers: { enableGlobally: true },
  testRegex: 'src/.*\\.spec\\.tsx?$',
  transformIgnorePatterns: [`/node_modules/(?!(${modules.join('|')})/).+`]
};
