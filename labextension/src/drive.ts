/** The read-only drive `Automation:` through which Lab's own viewers open what sessions made. */
import { URLExt } from '@jupyterlab/coreutils';
import { Contents, Drive, ServerConnection } from '@jupyterlab/services';

import { API } from './api/request';

export const DRIVE_NAME = 'Automation';

/** A file as our contents route describes it: with the address of its bytes. */
interface IFound extends Contents.IModel {
  content_url?: string | null;
}

const readOnly = (): Promise<never> =>
  Promise.reject(
    new Error('Artifacts are read-only. Save a copy into your own files to change it.')
  );

/** JupyterLab's REST drive over our contents route; everything that would write is refused. */
export class ArtifactDrive extends Drive {
  constructor(serverSettings: ServerConnection.ISettings) {
    super({ name: DRIVE_NAME, apiEndpoint: `${API}/contents`, serverSettings });
  }

  /** Jupyter's own route would return the user's file of that path instead. */
  override async getDownloadUrl(path: string): Promise<string> {
    const { baseUrl, appendToken, token } = this.serverSettings;
    const missing = URLExt.join(API, 'contents', URLExt.encodeParts(path));
    const found: IFound | null = await this.get(path, { content: false }).catch(() => null);
    const url = new URL(found?.content_url ?? missing, baseUrl);
    if (appendToken && token) {
      url.searchParams.set('token', token);
    }
    return url.href;
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
