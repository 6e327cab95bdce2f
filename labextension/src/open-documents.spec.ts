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
    save: () => {
      saves.push(path);
      model.dirty = model.dirty && !taken;
      return Promise.resolve();
    }
  } as unknown as DocumentRegistry.Context;
  const widget = Object.create(DocumentWidget.prototype) as DocumentWidget;
  Object.defineProperty(widget, 'context', { value: context });
  return { widget, saves };
}

const trans = nullTranslator.load('');

describe('OpenDocuments', () => {
  it('saves what is open with changes, and nothing else', async () => {
    const [changed, clean, other] = [
      open('RTC:a/report.ipynb', true),
      open('b.ipynb', false),
      open('c.py', true)
    ];
    const widgets = [changed.widget, clean.widget, other.widget, new Widget()];
    const documents = new OpenDocuments({ widgets: () => widgets.values() }, trans);
    expect(documents.isUnsaved('a/report.ipynb')).toBe(true);
    for (const path of ['a/report.ipynb', 'b.ipynb', 'gone.ipynb', '', null, undefined]) {
      await documents.save(path);
    }
    expect([changed.saves, clean.saves, other.saves]).toEqual([['RTC:a/report.ipynb'], [], []]);
    expect(documents.isUnsaved('a/report.ipynb')).toBe(false);
  });

  it('starts nothing where it could not be saved', async () => {
    const locked = open('a.ipynb', true, false);
    const documents = new OpenDocuments({ widgets: () => [locked.widget].values() }, trans);
    await expect(documents.save('a.ipynb')).rejects.toThrow('could not be saved');
  });
});
