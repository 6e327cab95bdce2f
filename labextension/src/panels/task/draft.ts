/** What is filled in in the form that calls an API, before it becomes a task. */
import { ITask, ITaskBody, ITaskChange, ITaskConfig } from '../../api/tasks';
import { ITrigger } from '../../api/triggers';
import { DEFAULT_RHYTHM, IRhythm, asRhythm, asSchedule } from '../../forms/rhythm';
import { asRetry } from '../automate/draft';

export type Method = NonNullable<ITaskConfig['method']>;
export const METHODS: readonly Method[] = [
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS'
];

export interface IDraft {
  name: string;
  /** A name of a project; '' for that of the Jupyter root. */
  project: string;
  type: Exclude<ITask['task_type'], 'cron'>;
  url: string;
  method: Method;
  /** A line for each: `Name: value`. */
  headers: string;
  /** JSON, or a text that is sent as it is; '' for none. */
  body: string;
  /** Seconds, as text; '' for the server's default. */
  timeout: string;
  /** Parameters as a JSON object; '' for none. */
  parameters: string;
  /** `other`: by what a trigger of another type waits for, which has no field here. */
  when: 'schedule' | 'manual' | 'other';
  rhythm: IRhythm;
  timezone: string;
  /** How often it is tried again, as text; '' for not. */
  retries: string;
  /** Minutes before the first retry, as text; '' for the server's default. */
  retryDelay: string;
}

export const NEW_DRAFT: IDraft = {
  name: '',
  project: '',
  type: 'api_call',
  url: '',
  method: 'GET',
  headers: '',
  body: '',
  timeout: '',
  parameters: '',
  when: 'schedule',
  rhythm: DEFAULT_RHYTHM,
  timezone: '',
  retries: '',
  retryDelay: ''
};

/** The form's state for a trigger that calls an API; `zone` is the server's. */
export function draftOf(trigger: ITrigger, zone: string): IDraft {
  const { api_call: call, schedule, retry, parameters } = trigger;
  return {
    ...NEW_DRAFT,
    name: trigger.title ?? trigger.name,
    project: trigger.project,
    type: call?.kind ?? 'api_call',
    url: call?.url ?? '',
    method: call?.method ?? 'GET',
    headers: Object.entries(call?.headers ?? {})
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    body: bodyText(call?.body),
    timeout: call?.timeout ? String(call.timeout) : '',
    parameters: Object.keys(parameters).length > 0 ? JSON.stringify(parameters, null, 2) : '',
    when: trigger.type === 'schedule' || trigger.type === 'manual' ? trigger.type : 'other',
    rhythm: schedule ? asRhythm(schedule) : DEFAULT_RHYTHM,
    timezone: schedule?.timezone ?? zone,
    retries: retry && retry.max_attempts > 1 ? String(retry.max_attempts - 1) : '',
    retryDelay: retry ? String(retry.base_delay / 60) : ''
  };
}

/** What stands under a field that cannot be read, by field. */
export function draftErrors(
  draft: IDraft,
  words: { header: string; json: string }
): Partial<Record<'headers' | 'parameters', string>> {
  const lines = draft.headers.split('\n').filter(line => line.trim() !== '');
  return {
    ...(lines.some(line => !/^[^:\s][^:]*:/.test(line)) ? { headers: words.header } : {}),
    ...(isObject(draft.parameters) ? {} : { parameters: words.json })
  };
}

export function configOf(draft: IDraft): ITaskConfig {
  const lines = draft.headers.split('\n').filter(line => line.trim() !== '');
  const headers = lines.map(line => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const;
  });
  const bare = draft.method === 'GET' || draft.method === 'HEAD' || draft.body.trim() === '';
  return {
    url: draft.url.trim(),
    method: draft.method,
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
    ...(bare ? {} : { body: parsed(draft.body) }),
    ...(draft.timeout.trim() ? { timeout: Number(draft.timeout) } : {}),
    ...(draft.parameters.trim()
      ? { parameters: JSON.parse(draft.parameters) as Record<string, unknown> }
      : {})
  };
}

export function newTask(draft: IDraft): ITaskBody {
  return {
    name: draft.name.trim(),
    task_type: draft.type,
    config: configOf(draft),
    ...timeOf(draft),
    retry_policy: asRetry(draft, null),
    ...(draft.project ? { project: draft.project } : {})
  };
}

/** What the form changes of `before`; a time that stays the same is not sent, so that it goes on. */
export function changedTask(draft: IDraft, before: ITrigger, zone: string): ITaskChange {
  const was = draftOf(before, zone);
  const sameTime = JSON.stringify(timeOf(draft)) === JSON.stringify(timeOf(was));
  return {
    name: draft.name.trim(),
    task_type: draft.type,
    config: {
      ...configOf(draft),
      ...(before.time_limit ? { time_limit: before.time_limit } : {})
    },
    ...(sameTime || draft.when === 'other' ? {} : timeOf(draft)),
    retry_policy: asRetry(draft, before.retry)
  };
}

function timeOf(draft: IDraft): Pick<ITaskBody, 'schedule' | 'timezone'> {
  if (draft.when !== 'schedule') {
    return { schedule: null };
  }
  const { cron, every, at } = asSchedule(draft.rhythm);
  const zone = draft.timezone.trim();
  return {
    schedule: cron ?? at ?? `@every ${every}`,
    ...(every || !zone ? {} : { timezone: zone })
  };
}

function bodyText(body: unknown): string {
  if (body === null || body === undefined) {
    return '';
  }
  // A text that is JSON itself is written as the JSON text that it is.
  return typeof body === 'string' && !isJson(body) ? body : JSON.stringify(body, null, 2);
}

function parsed(text: string): unknown {
  return isJson(text) ? JSON.parse(text) : text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isObject(text: string): boolean {
  if (text.trim() === '') {
    return true;
  }
  const value: unknown = isJson(text) ? JSON.parse(text) : null;
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
