/** Provides the API's client and the stream of changes to the other plug-ins. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Client } from '../api/client';
import { ChangeStream } from '../api/stream';
import { IAutomation } from '../tokens';

export const core: JupyterFrontEndPlugin<IAutomation> = {
  id: 'notebook-automation:core',
  description: 'The automation API and its stream of changes.',
  autoStart: true,
  provides: IAutomation,
  optional: [IRenderMimeRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    rendermime: IRenderMimeRegistry | null,
    translator: ITranslator | null
  ): IAutomation => {
    const { serverSettings } = app.serviceManager;
    const stream = new ChangeStream(serverSettings);
    void app.restored.then(() => stream.start());
    return {
      client: new Client(serverSettings),
      stream,
      commands: app.commands,
      trans: (translator ?? nullTranslator).load('notebook_automation'),
      rendermime
    };
  }
};
