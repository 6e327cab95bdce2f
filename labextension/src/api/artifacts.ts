/** Artifacts: their types, and the calls that list, download and delete them. */
import { IClient, IPage } from './client';
import { Query } from './request';
import type { components } from './schema';

export type IArtifact = components['schemas']['Artifact'];
export type ArtifactType = IArtifact['type'];

export function listArtifacts(client: IClient, query: Query): Promise<IPage<IArtifact>> {
  return client.get('artifacts', query);
}

/** Every version of an artifact's name, newest first. */
export function listVersions(client: IClient, id: string): Promise<IPage<IArtifact>> {
  return client.get(`artifacts/${id}/versions`);
}

export function deleteArtifact(client: IClient, id: string): Promise<null> {
  return client.send('DELETE', `artifacts/${id}`);
}

/** Where the browser fetches the file. */
export function artifactUrl(client: IClient, id: string): string {
  return client.downloadUrl(`artifacts/${id}/content`);
}
