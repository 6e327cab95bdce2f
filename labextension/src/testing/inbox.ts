/** Deliveries as the server sends them, for tests. */
import { IDelivery } from '../api/inbox';

export function aDelivery(id: string, fields: Partial<IDelivery> = {}): IDelivery {
  return {
    id,
    source: 'github',
    trigger_id: null,
    trigger: null,
    event_type: 'push',
    status: 'received',
    reason: null,
    method: 'POST',
    headers: {},
    query_params: {},
    received_at: '2026-01-01T00:00:00Z',
    bookmarked_at: null,
    session_ids: [],
    ...fields
  };
}
