/**
 * Copies what an HTML report may need to stand alone (formulas, figures, widgets) from node_modules into the Python
 * package, each library as one script, its licence beside it.
 */
const fs = require('node:fs');
const path = require('node:path');

const TARGET = path.join(__dirname, '..', 'notebook_automation', 'execution', 'page_scripts');

/** Name in the package: its module, the script in it. */
const LIBRARIES = {
  mathjax: ['mathjax', 'es5/tex-svg-full.js'],
  mermaid: ['mermaid', 'dist/mermaid.min.js'],
  require: ['requirejs', 'require.js'],
  vega: ['vega', 'build/vega.min.js'],
  'vega-lite': ['vega-lite', 'build/vega-lite.min.js'],
  'vega-embed': ['vega-embed', 'build/vega-embed.min.js'],
  widgets: ['@jupyter-widgets/html-manager', 'dist/embed.js']
};

/** What changes in a script that is to need no file beside it. */
const CHANGES = { widgets: withFonts };

function withFonts(script, folder) {
  const address = name => {
    const font = name.endsWith('.woff2') ? fs.readFileSync(path.join(folder, name)) : null;
    return font ? `data:font/woff2;base64,${font.toString('base64')}` : 'data:,';
  };
  const font = /\b\w+\.p\+"([0-9a-f]+\.(?:woff2?|ttf|eot|svg))"/g;
  const whence = 'throw new Error("Automatic publicPath is not supported in this browser")';
  if (!font.test(script) || !script.includes(whence)) {
    throw new Error('The widgets are packed in another way than before: see report-libraries.js.');
  }
  return script.replace(font, (_, name) => `"${address(name)}"`).replace(whence, 'e=""');
}

function copy(name, [module, file]) {
  const root = path.join(__dirname, 'node_modules', module);
  const about = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const source = path.join(root, file);
  const script = fs.readFileSync(source, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
  const change = CHANGES[name] ?? (text => text);
  fs.writeFileSync(path.join(TARGET, `${name}.js`), change(script, path.dirname(source)));
  const told = [
    `${about.name} ${about.version}`,
    `Licence: ${about.license}`,
    about.homepage ?? ''
  ];
  for (const licence of [path.join(root, 'LICENSE'), `${source}.LICENSE.txt`]) {
    told.push(fs.existsSync(licence) ? fs.readFileSync(licence, 'utf8') : '');
  }
  fs.writeFileSync(
    path.join(TARGET, `${name}.LICENSE.txt`),
    told.filter(Boolean).join('\n\n') + '\n'
  );
}

fs.rmSync(TARGET, { recursive: true, force: true });
fs.mkdirSync(TARGET, { recursive: true });
for (const [name, place] of Object.entries(LIBRARIES)) {
  if (fs.existsSync(path.join(__dirname, 'node_modules', place[0]))) {
    copy(name, place);
  } else {
    // Reports do without it; a package that is to be published is not built (ensured-targets of pyproject.toml).
    console.warn(`${place[0]} is not installed: run "jlpm install".`);
  }
}
