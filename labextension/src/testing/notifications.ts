/** Notifications as the server sends them, for tests. */
import { INotification } from '../api/notifications';

export function aNotification(id: string, fields: Partial<INotification> = {}): INotification {
  return {
    id,
    to: 'email:ana',
    channel: 'email',
    reason: 'failed',
    state: 'sent',
    title: 'sales/nightly failed',
    detail: 'ValueError: no data',
    entity_type: 'sessions',
    entity: 'ses_1',
    project_id: 'prj_1',
    project: 'sales',
    trigger_id: 'trg_1',
    trigger: 'sales/nightly',
    session_id: 'ses_1',
    content: {},
    tries: 0,
    next_at: null,
    error: null,
    message_id: 'ntf_1',
    created_at: '2026-01-01T00:00:00Z',
    ended_at: '2026-01-01T00:00:10Z',
    ...fields
  };
}
