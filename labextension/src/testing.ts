/** What the tests of models share: a stream to steer by hand, and things as the API sends them. */
import { Signal } from '@lumino/signaling';

import { Client } from './api/client';
import { IChange, IChangeStream, StreamState } from './api/stream';
import { IArtifact, IPage, ISession, ITrigger } from './api/types';

export class ManualStream implements IChangeStream {
  state: StreamState = 'live';
  readonly changed = new Signal<this, IChange>(this);
  readonly stateChanged = new Signal<this, StreamState>(this);
  readonly reset = new Signal<this, void>(this);

  send(change: Partial<IChange> & Pick<IChange, 'channel' | 'id'>): void {
    this._seq += 1;
    this.changed.emit({ seq: this._seq, activity: 'updated', content: {}, at: '', ...change });
  }

  setState(state: StreamState): void {
    this.state = state;
    this.stateChanged.emit(state);
  }

  private _seq = 0;
}

/** The rooms of a client that a test needs; another call is a TypeError. */
export function clientWith(rooms: {
  [Room in keyof Client]?: Client[Room] extends (...args: never[]) => unknown
    ? Client[Room]
    : Partial<Client[Room]>;
}): Client {
  return rooms as unknown as Client;
}

export function page<T>(items: T[], next_cursor: string | null = null): IPage<T> {
  return { items, next_cursor };
}

/** Resolves when everything that was asked for has been answered. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await Promise.resolve();
  }
}

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
    parent_id: null,
    retry_of: null,
    started_by: 'sales/nightly',
    parameters: {},
    result: null,
    attempt: 1,
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
    artifact_count: 0,
    ...fields
  };
}

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
    is_sync: false,
    is_durable: false,
    warm: false,
    time_limit: null,
    url: null,
    curl: null,
    next_fire: null,
    next_fires: [],
    last_session: null,
    recent: [],
    success_count: 0,
    failure_count: 0,
    warnings: [],
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    ...fields
  };
}

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
