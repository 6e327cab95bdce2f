/** Artifacts and their changes as the server sends them, for tests. */
import { IArtifact } from '../api/artifacts';
import { IChangeOn } from '../api/change-types';

export function anArtifact(id: string, fields: Partial<IArtifact> = {}): IArtifact {
  return {
    id,
    ref: `sales/nightly/${id}`,
    name: `${id}.csv`,
    type: 'file_datatable',
    media_type: 'text/csv',
    size: 10,
    version: 1,
    session_id: 'ses_1',
    session_status: 'completed',
    trigger: 'sales/nightly',
    project: 'sales',
    created_at: '2026-01-01T00:00:00Z',
    expires_at: null,
    url: null,
    content_url: 'content',
    drive_path: `sales/nightly/x/${id}.csv`,
    meta: {},
    ...fields
  };
}

/** A change of an artifact that belongs to `session_id`. */
export function artifactChange(
  session_id: string | null,
  activity: IChangeOn<'artifacts'>['activity'] = 'created'
): IChangeOn<'artifacts'> {
  const content: IChangeOn<'artifacts'>['content'] = {
    name: 'table.csv',
    type: 'file_datatable',
    session_id
  };
  return { type: 'change', seq: 0, channel: 'artifacts', id: 'art_1', activity, content, at: '' };
}
