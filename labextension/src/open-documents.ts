/** Finds what is open in JupyterLab's shell and not saved, and saves it. */
import { JupyterFrontEnd } from '@jupyterlab/application';
import { PathExt } from '@jupyterlab/coreutils';
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
    return this._unsaved().some(([own]) => own === path);
  }

  /**
   * One after the other: several cells that are about to run ask at once, and Lab would take the file that the first
   * save has just written for one that somebody else has changed.
   */
  save(path: string | null | undefined, folder?: string): Promise<void> {
    if (!path) {
      return Promise.resolve();
    }
    const saved = this._last.then(() => this._save(path, folder));
    this._last = saved.catch(() => undefined);
    return saved;
  }

  private async _save(path: string, folder?: string): Promise<void> {
    const within = folder ?? PathExt.dirname(path);
    const inside = (own: string): boolean => within === '' || own.startsWith(`${within}/`);
    // With a colon it may be on another drive.
    const goesAlong = (own: string): boolean =>
      inside(own) && PathExt.extname(own) !== '.ipynb' && !own.includes(':');
    const taken = (own: string): boolean => own === path || goesAlong(own);
    const saved = new Set<string>();
    for (const [own, document] of this._unsaved()) {
      // A document that two widgets show is saved once for both.
      if (taken(own) && !saved.has(own)) {
        saved.add(own);
        await document.context.save();
      }
    }
    const left = this._unsaved().find(([own]) => saved.has(own));
    if (left) {
      throw new Error(
        this._trans.__('%1 has changes that could not be saved, so nothing was started.', left[0])
      );
    }
  }

  private _last: Promise<void> = Promise.resolve();

  /** What is open in the user's own files with changes, with its path. */
  private _unsaved(): [string, DocumentWidget<Widget>][] {
    const found: [string, DocumentWidget<Widget>][] = [];
    for (const widget of this._shell.widgets('main')) {
      if (!(widget instanceof DocumentWidget)) {
        continue;
      }
      const document = widget as DocumentWidget<Widget>;
      // Real-time collaboration names its drive in front of the path.
      const own = document.context.path.replace(/^RTC:/, '');
      if (document.context.model.dirty) {
        found.push([own, document]);
      }
    }
    return found;
  }
}
