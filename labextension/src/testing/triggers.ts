/** Triggers as the server sends them, for tests. */
import { ITrigger } from '../api/triggers';

export function aTrigger(id: string, fields: Partial<ITrigger> = {}): ITrigger {
  return {
    id,
    ref: `sales/${id}`,
    project_id: 'prj_1',
    project: 'sales',
    name: id,
    type: 'manual',
    enabled: true,
    call: 'report.ipynb',
    notebook: 'sales/report.ipynb',
    event_type: null,
    filter: null,
    schedule: null,
    connection: null,
    parameters: {},
    mapping: {},
    report: null,
    keep: null,
    tags: [],
    is_sync: false,
    is_durable: false,
    warm: false,
    time_limit: null,
    max_body: null,
    url: null,
    curl: null,
    next_fire: null,
    next_fires: [],
    last_session: null,
    recent: [],
    success_count: 0,
    failure_count: 0,
    problems: [],
    warnings: [],
    last_refusal: null,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    ...fields
  };
}
