/** Adds the drive of artifacts to Lab's contents. */
import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { ArtifactDrive } from '../drive';

export const drive: JupyterFrontEndPlugin<void> = {
  id: 'notebook-automation:drive',
  description: 'The read-only drive of what sessions made.',
  autoStart: true,
  activate: (app: JupyterFrontEnd): void => {
    app.serviceManager.contents.addDrive(new ArtifactDrive(app.serviceManager.serverSettings));
  }
};
