import { DocumentRegistry, DocumentWidget } from '@jupyterlab/docregistry';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { OpenDocuments } from './open-documents';

/** An open document; `save` makes it clean, unless the server does not take it. */
function open(path: string, dirty: boolean, taken = true): { widget: Widget; saves: string[] } {
  const saves: string[] = [];
  const model = { dirty };
  const context = {
    path,
    model,
    save: async () => {
      saves.push(path);
      await Promise.resolve();
      model.dirty = model.dirty && !taken;
    }
  } as unknown as DocumentRegistry.Context;
  const widget = Object.create(DocumentWidget.prototype) as DocumentWidget;
  Object.defineProperty(widget, 'context', { value: context });
  return { widget, saves };
}

const trans = nullTranslator.load('');

describe('OpenDocuments', () => {
  const documentsOf = (...all: { widget: Widget }[]): OpenDocuments => {
    const widgets = [...all.map(({ widget }) => widget), new Widget()];
    return new OpenDocuments({ widgets: () => widgets.values() }, trans);
  };

  it('saves what is open with changes, and nothing else', async () => {
    const changed = open('RTC:a/report.ipynb', true);
    const clean = open('b.ipynb', false);
    const other = open('c/other.py', true);
    const documents = documentsOf(changed, clean, other);
    expect(documents.isUnsaved('a/report.ipynb')).toBe(true);
    for (const path of ['a/report.ipynb', 'a/gone.ipynb', '', null, undefined]) {
      await documents.save(path);
    }
    expect([changed.saves, clean.saves, other.saves]).toEqual([['RTC:a/report.ipynb'], [], []]);
    expect(documents.isUnsaved('a/report.ipynb')).toBe(false);
  });

  it('saves once for cells that run together: Lab would see a file that was changed meanwhile', async () => {
    const changed = open('a.ipynb', true);
    const refused = open('b.ipynb', true, false);
    const documents = documentsOf(changed, refused);
    await Promise.all([documents.save('a.ipynb'), documents.save('a.ipynb')]);
    expect(changed.saves).toHaveLength(1);
    await expect(documents.save('b.ipynb')).rejects.toThrow('could not be saved');
    await documents.save('a.ipynb');
  });

  it('saves the programs and other texts that the session takes along', async () => {
    const files = [
      'p/lib/helper.py',
      'p/sub/data.csv',
      'p/other.ipynb',
      'p2/x.py',
      'Automation:p/y.py'
    ];
    const opened = files.map(path => open(path, true));
    const documents = documentsOf(...opened);
    await documents.save('p/lib/report.ipynb');
    expect(opened.map(({ saves }) => saves.length)).toEqual([1, 0, 0, 0, 0]);
    await documents.save('p/lib/report.ipynb', 'p');
    expect(opened.map(({ saves }) => saves.length)).toEqual([1, 1, 0, 0, 0]);
    await documents.save('top.ipynb');
    expect(opened.map(({ saves }) => saves.length)).toEqual([1, 1, 0, 1, 0]);
  });

  it('starts nothing where it could not be saved', async () => {
    const locked = open('a.ipynb', true, false);
    const documents = new OpenDocuments({ widgets: () => [locked.widget].values() }, trans);
    await expect(documents.save('a.ipynb')).rejects.toThrow('could not be saved');
  });
});
