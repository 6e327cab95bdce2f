/** Sessions and their changes as the server sends them, for tests. */
import { IChangeOn } from '../api/change-types';
import { ISession } from '../api/sessions';
import { ISummaryChange } from '../panels/sessions/summary';

export function aSession(id: string, fields: Partial<ISession> = {}): ISession {
  return {
    id,
    status: 'running',
    reason: null,
    call: 'report.ipynb',
    project_id: 'prj_1',
    project: 'sales',
    trigger_id: 'trg_1',
    trigger: 'sales/nightly',
    event_id: null,
    correlation_id: null,
    parent_id: null,
    root_id: null,
    on_parent_end: null,
    unended_children: null,
    retry_of: null,
    retried_by: null,
    group_id: null,
    try_number: 1,
    max_tries: null,
    forked_from: null,
    started_by: 'sales/nightly',
    parameters: {},
    result: null,
    attempt: 1,
    is_durable: false,
    priority: 0,
    places: [],
    waiting_for: null,
    wake_at: null,
    current_cell: 1,
    total_cells: 4,
    progress: null,
    error: null,
    created_at: '2026-01-01T00:00:00Z',
    started_at: '2026-01-01T00:00:01Z',
    finished_at: null,
    duration: null,
    kernel_name: 'python3',
    time_limit: null,
    report: null,
    keep: null,
    tags: [],
    skip_tags: [],
    env: {},
    memory: null,
    acknowledged_by: null,
    file_saved_at: null,
    file_saved_again: null,
    artifact_count: 0,
    ...fields
  };
}

/** A change with the summary of `aSession`, but for `fields`. */
export function sessionChange(
  id: string,
  fields: Partial<ISummaryChange['content']>,
  activity: ISummaryChange['activity'] = 'updated'
): ISummaryChange {
  const session = aSession(id);
  const content = {
    status: session.status,
    call: session.call,
    project: session.project,
    trigger: session.trigger,
    current_cell: session.current_cell,
    total_cells: session.total_cells,
    progress: session.progress,
    created_at: session.created_at,
    started_at: session.started_at,
    finished_at: session.finished_at,
    ...fields
  };
  return { type: 'change', seq: 0, channel: 'sessions', id, activity, content, at: '' };
}

export function sessionLogChange(id: string): IChangeOn<'sessions'> {
  const content = { entries: 1 };
  return { type: 'change', seq: 0, channel: 'sessions', id, activity: 'log', content, at: '' };
}
