/** Finds what is open in JupyterLab's shell and not saved, and saves it. */
import { JupyterFrontEnd } from '@jupyterlab/application';
import { DocumentWidget } from '@jupyterlab/docregistry';
import { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { IOpenDocuments } from './documents';

type Shell = Pick<JupyterFrontEnd.IShell, 'widgets'>;

export class OpenDocuments implements IOpenDocuments {
  constructor(
    private readonly _shell: Shell,
    private readonly _trans: TranslationBundle
  ) {}

  isUnsaved(path: string): boolean {
    return this._unsaved(path).length > 0;
  }

  async save(path: string | null | undefined): Promise<void> {
    const [first] = path ? this._unsaved(path) : [];
    if (!first || !path) {
      return;
    }
    // A document that two widgets show is saved once for both.
    await first.context.save();
    if (this.isUnsaved(path)) {
      throw new Error(
        this._trans.__('%1 has changes that could not be saved, so nothing was started.', path)
      );
    }
  }

  private _unsaved(path: string): DocumentWidget<Widget>[] {
    const found: DocumentWidget<Widget>[] = [];
    for (const widget of this._shell.widgets('main')) {
      if (!(widget instanceof DocumentWidget)) {
        continue;
      }
      const document = widget as DocumentWidget<Widget>;
      // Real-time collaboration names its drive in front of the path.
      const own = document.context.path.replace(/^RTC:/, '');
      if (own === path && document.context.model.dirty) {
        found.push(document);
      }
    }
    return found;
  }
}
