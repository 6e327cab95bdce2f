/** Provides the API's client and the feed of changes to the other plug-ins. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ChangeFeed } from '../api/changes';
import { Client } from '../api/client';
import { OpenDocuments } from '../open-documents';
import { IAutomation } from '../tokens';

export const core: JupyterFrontEndPlugin<IAutomation> = {
  id: 'notebook-automation:core',
  description: 'The automation API and its feed of changes.',
  autoStart: true,
  provides: IAutomation,
  optional: [IRenderMimeRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry | null,
    translator: ITranslator | null
  ): IAutomation => {
    const { serverSettings } = app.serviceManager;
    const changes = new ChangeFeed(serverSettings);
    void app.restored.then(() => changes.start());
    const trans = (translator ?? nullTranslator).load('notebook_automation');
    return {
      client: new Client(serverSettings),
      changes,
      documents: new OpenDocuments(app.shell, trans),
      commands: app.commands,
      trans,
      rendermime
    };
  }
};
