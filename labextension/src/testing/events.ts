/** Events as the server sends them, for tests. */
import { IEvent } from '../api/events';

export function anEvent(id: string, fields: Partial<IEvent> = {}): IEvent {
  return {
    id,
    type: 'post',
    source: 'webhook',
    trigger_id: 'trg_1',
    trigger: 'sales/hook',
    project_id: 'prj_1',
    data: null,
    dedupe_key: null,
    replay_of: null,
    received_at: '2026-01-01T00:00:00Z',
    session_ids: [],
    reason: 'The conditions did not hold.',
    refusal: null,
    inbox_source: null,
    bookmarked_at: null,
    correlation_id: null,
    ...fields
  };
}
