/** The read-only drive `Automation:` through which Lab's own viewers open what sessions made. */
import { Contents, Drive, ServerConnection } from '@jupyterlab/services';

import { API } from './api/request';

export const DRIVE_NAME = 'Automation';

const readOnly = (): Promise<never> =>
  Promise.reject(
    new Error('Artifacts are read-only. Save a copy into your own files to change it.')
  );

/** JupyterLab's REST drive over our contents route; everything that would write is refused. */
export class ArtifactDrive extends Drive {
  constructor(serverSettings: ServerConnection.ISettings) {
    super({ name: DRIVE_NAME, apiEndpoint: `${API}/contents`, serverSettings });
  }

  override newUntitled(): Promise<Contents.IModel> {
    return readOnly();
  }

  override delete(): Promise<void> {
    return readOnly();
  }

  override rename(): Promise<Contents.IModel> {
    return readOnly();
  }

  override save(): Promise<Contents.IModel> {
    return readOnly();
  }

  override copy(): Promise<Contents.IModel> {
    return readOnly();
  }

  override createCheckpoint(): Promise<Contents.ICheckpointModel> {
    return readOnly();
  }

  override listCheckpoints(): Promise<Contents.ICheckpointModel[]> {
    return Promise.resolve([]);
  }
}
