/** What the REST API sends and takes. */

export type TriggerType =
  'webhook' | 'schedule' | 'event' | 'session' | 'manual' | 'connection' | 'file' | 'entity';

export type SessionStatus =
  | 'requested'
  | 'scheduling'
  | 'scheduled'
  | 'running'
  | 'waiting'
  | 'completed'
  | 'failed'
  | 'canceling'
  | 'cancelled'
  | 'timeout'
  | 'abandoned';

/** A page of a list; `next_cursor` asks for the one after it. */
export interface IPage<T> {
  items: T[];
  next_cursor: string | null;
}

export interface IWarning {
  code: string;
  message: string;
}

export type Values = Record<string, unknown>;

export interface ISchedule {
  cron: string | null;
  every: string | null;
  at: string | null;
  timezone: string | null;
  jitter: number;
  catch_up: 'skip' | 'once' | 'all';
  description: string;
}

export interface IRecent {
  id: string;
  status: SessionStatus;
}

export interface ITrigger {
  id: string;
  ref: string;
  project_id: string;
  project: string;
  name: string;
  type: TriggerType;
  enabled: boolean;
  call: string | null;
  notebook: string | null;
  event_type: string | null;
  filter: string | null;
  schedule: ISchedule | null;
  parameters: Values;
  mapping: Record<string, string>;
  report: 'html' | null;
  keep: string | null;
  is_sync: boolean;
  is_durable: boolean;
  time_limit: number | null;
  url: string | null;
  curl: string | null;
  next_fire: string | null;
  next_fires: string[];
  last_session: ISessionSummary | null;
  recent: IRecent[];
  success_count: number;
  failure_count: number;
  warnings: IWarning[];
  created_at: string;
  updated_at: string;
}

/** The settable part of a trigger, and where it lives. */
export interface ITriggerBody {
  name?: string;
  type?: TriggerType;
  enabled?: boolean;
  call?: string | null;
  event_type?: string | null;
  filter?: string | null;
  schedule?: Partial<Omit<ISchedule, 'description'>> | null;
  parameters?: Values;
  mapping?: Record<string, string>;
  report?: 'html' | null;
  keep?: string | null;
  is_sync?: boolean;
  time_limit?: number | null;
  project?: string;
  notebook?: string;
  handler?: string;
}

export type ParameterType =
  'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'null' | 'any';

export interface IParameterField {
  name: string;
  default: unknown;
  type: ParameterType;
  help: string | null;
  required: boolean;
}

export type ITriggerPreview = ITrigger & { parameter_fields?: IParameterField[] };

export interface IInspection {
  path: string;
  project: string;
  kernel_name: string | null;
  language: string | null;
  parameters: IParameterField[];
  handlers: string[];
  has_parameters_cell: boolean;
  warnings: IWarning[];
}

export interface ISessionError {
  ename: string;
  evalue: string;
  traceback: string[];
  cell_index: number | null;
  cell_id: string | null;
  cell_source: string | null;
}

/** A session as its trigger shows it. */
export type ISessionSummary = Omit<
  ISession,
  | 'project_id'
  | 'trigger_id'
  | 'event_id'
  | 'parent_id'
  | 'retry_of'
  | 'parameters'
  | 'result'
  | 'kernel_name'
  | 'time_limit'
  | 'report'
  | 'artifact_count'
>;

export interface ISession {
  id: string;
  status: SessionStatus;
  reason: string | null;
  call: string;
  project_id: string;
  project: string;
  trigger_id: string | null;
  trigger: string | null;
  event_id: string | null;
  parent_id: string | null;
  retry_of: string | null;
  started_by: string | null;
  parameters: Values;
  result: unknown;
  attempt: number;
  current_cell: number | null;
  total_cells: number | null;
  progress: { value: number; message: string } | null;
  error: ISessionError | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  duration: number | null;
  kernel_name: string | null;
  time_limit: number | null;
  report: 'html' | null;
  artifact_count: number;
}

export type CellStatus = 'pending' | 'running' | 'ok' | 'error' | 'skipped';

export interface ICell {
  index: number;
  id: string;
  source_head: string;
  status: CellStatus;
  started_at: string | null;
  finished_at: string | null;
  execution_count: number | null;
}

export interface ILogEntry {
  seq: number;
  at: string;
  kind: string;
  text: string;
  data: unknown;
}

export type ArtifactType =
  'file_binary' | 'file_datatable' | 'file_image' | 'file_text' | 'url' | 'progress' | 'other';

export interface IArtifact {
  id: string;
  ref: string;
  name: string;
  type: ArtifactType;
  media_type: string;
  size: number;
  version: number;
  session_id: string | null;
  session_status: SessionStatus | null;
  trigger: string | null;
  project: string;
  created_at: string;
  expires_at: string | null;
  url: string | null;
  content_url: string | null;
  drive_path: string | null;
  meta: Values;
}

export interface IEnforcement {
  id: string;
  rule_ref: string;
  status: 'created' | 'processed' | 'disabled';
  matched: boolean | null;
  condition: string | null;
  session_id: string | null;
  reason: string | null;
}

export interface IEvent {
  id: string;
  seq: number;
  type: string;
  source: string;
  trigger_id: string | null;
  trigger: string | null;
  project_id: string | null;
  data: unknown;
  received_at: string;
  session_ids: string[];
  enforcements?: IEnforcement[];
}

export interface IFired {
  event_id: string;
  session_ids: string[];
}

export interface IStatus {
  version: string;
  engine: { active: boolean; owner: string | null };
  running: number;
  queued: number;
  failed_today: number;
  database: string;
  webhook_base: string;
}
