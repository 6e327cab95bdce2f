/** Shows HTML that a session made, with its scripts, in a sandbox: nobody is asked to trust it. */
import {
  ABCWidgetFactory,
  DocumentRegistry,
  DocumentWidget,
  IDocumentWidget
} from '@jupyterlab/docregistry';
import { IFrame } from '@jupyterlab/ui-components';

import { framed } from './sandbox-page';

/** The name under which JupyterLab knows it. */
export const SANDBOX_VIEWER = 'Automation HTML';

class SandboxViewer extends DocumentWidget<IFrame> {
  constructor(context: DocumentRegistry.Context) {
    super({ context, content: new IFrame({ sandbox: ['allow-scripts'] }) });
    this.content.addClass('na-SandboxViewer');
    void context.ready.then(() => {
      this._show();
      context.model.contentChanged.connect(this._show, this);
    });
  }

  override dispose(): void {
    URL.revokeObjectURL(this._url);
    super.dispose();
  }

  private _show(): void {
    if (this.isDisposed) {
      return;
    }
    const { model, path } = this.context;
    URL.revokeObjectURL(this._url);
    const page = framed(model.toString(), path);
    this._url = URL.createObjectURL(new Blob([page], { type: 'text/html;charset=utf-8' }));
    this.content.url = this._url;
  }

  private _url = '';
}

export class SandboxViewerFactory extends ABCWidgetFactory<IDocumentWidget<IFrame>> {
  constructor(label: string) {
    super({ name: SANDBOX_VIEWER, label, fileTypes: ['html'], readOnly: true });
  }

  protected createNewWidget(context: DocumentRegistry.Context): IDocumentWidget<IFrame> {
    return new SandboxViewer(context);
  }
}
