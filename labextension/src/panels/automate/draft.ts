/** What is filled in in the form "Automate", before it becomes a trigger. */
import { INotifyRule } from '../../api/notifications';
import { IInspection } from '../../api/projects';
import {
  IRetryPolicyBody,
  IScheduleBody,
  ITrigger,
  ITriggerBody,
  Preset,
  TriggerType
} from '../../api/triggers';
import { ICollectingDraft, NOT_COLLECTED, collectingDraft } from '../../forms/collecting';
import { DEFAULT_RHYTHM, IRhythm, asRhythm } from '../../forms/rhythm';
import { Drafts, drafted } from '../../forms/values';
import { linesOf, rulesOf } from '../notifications/rules';
import { IReport, reportOf } from '../triggers/report';
import { IEnvironmentDraft, NO_ENVIRONMENT, environmentDraft } from './environment';
import { ISourceDraft, NO_SOURCE, sourceDraft } from './sources';

/** Whether triggers of this type fire on events, which a filter and a mapping can read. */
export function hasEvents(kind: TriggerType): boolean {
  return kind !== 'schedule' && kind !== 'manual';
}

export interface IDraft extends ISourceDraft, IReport, ICollectingDraft, IEnvironmentDraft {
  name: string;
  rhythm: IRhythm;
  /** '' for the server's. */
  timezone: string;
  catchUp: 'skip' | 'once' | 'all';
  /** A country or a part of it, whose holidays are days off; '' for none. */
  holidays: string;
  /** Days of the week, as text: MON-FRI; '' for all. */
  workingDays: string;
  /** What becomes of a tick on a day off. */
  ifOff: 'skip' | 'next';
  /** The `%%trigger` cell to call; '' for the whole notebook. */
  handler: string;
  parameters: Drafts;
  /** CEL texts by parameter: what is taken from the event. */
  mapping: Drafts;
  filter: string;
  isSync: boolean;
  /** Seconds that the caller waits for the answer, as text; '' for the server's default. */
  syncTime: string;
  /** Who signs what a webhook takes; '' for anybody. */
  signer: Preset | '';
  /** The names of the secret by which that is checked, and of one that is good as well; '' for none. */
  secretName: string;
  oldSecretName: string;
  /** The value of that secret, to be set with the trigger; '' to leave it as it is. It is never read back. */
  secretValue: string;
  /** Whether a handler is kept warm: the cells above it run before an event comes. */
  warm: boolean;
  keep: string;
  /** Separated by commas or spaces. */
  tags: string;
  skipTags: string;
  /** Minutes, as text; '' for the server's default. */
  timeLimit: string;
  durable: boolean;
  /** How often it is tried again, as text; '' for not. */
  retries: string;
  /** Minutes before the first retry, as text; '' for the server's default. */
  retryDelay: string;
  /** How many may run, such as "1 by region, else cancel"; '' for any number. */
  atMost: string;
  /** From 0, as text; '' for the usual. */
  priority: string;
  /** Who says who hears of it: the project, or it is said here; or nobody does. */
  notifies: 'project' | 'here' | 'nobody';
  /** Who hears of what, where that is said here: a line for each. */
  notify: string;
}

/** A trigger's name for a notebook: the characters that a name may have, in lower case. */
export function suggestedName(path: string): string {
  const base = path
    .split('/')
    .pop()!
    .replace(/\.[^.]*$/, '');
  const name = base
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
    .toLowerCase();
  return name.slice(0, 100) || 'notebook';
}

/** The empty form. */
export const NEW_DRAFT: IDraft = {
  name: '',
  kind: 'schedule',
  rhythm: DEFAULT_RHYTHM,
  timezone: '',
  catchUp: 'once',
  holidays: '',
  workingDays: '',
  ifOff: 'skip',
  handler: '',
  parameters: {},
  mapping: {},
  filter: '',
  ...NO_SOURCE,
  ...NOT_COLLECTED,
  isSync: false,
  syncTime: '',
  signer: '',
  secretName: '',
  oldSecretName: '',
  secretValue: '',
  warm: false,
  report: '',
  reportWithoutCode: false,
  keep: '',
  tags: '',
  skipTags: '',
  ...NO_ENVIRONMENT,
  timeLimit: '',
  durable: false,
  retries: '',
  retryDelay: '',
  atMost: '',
  priority: '',
  notifies: 'project',
  notify: ''
};

/** The form's state for a trigger that exists; `zone` is the server's. */
export function draftOf(trigger: ITrigger, inspection: IInspection, zone: string): IDraft {
  const { schedule, retry, notify } = trigger;
  return {
    name: trigger.name,
    kind: trigger.type,
    rhythm: schedule ? asRhythm(schedule) : DEFAULT_RHYTHM,
    timezone: schedule?.timezone ?? zone,
    catchUp: schedule?.catch_up ?? 'once',
    holidays: schedule?.calendar?.holidays ?? '',
    workingDays: workingDays(schedule?.calendar?.working_days),
    ifOff: schedule?.calendar?.if_off ?? 'skip',
    handler: trigger.call?.split(':')[1] ?? '',
    parameters: drafted(inspection.parameters, trigger.parameters),
    mapping: { ...trigger.mapping },
    filter: trigger.filter ?? '',
    ...sourceDraft(trigger),
    ...collectingDraft(trigger.collect),
    isSync: trigger.is_sync,
    syncTime: trigger.sync_time ? String(trigger.sync_time) : '',
    signer: trigger.signature?.preset ?? '',
    secretName: trigger.signature?.secret ?? '',
    oldSecretName: trigger.signature?.old_secret ?? '',
    secretValue: '',
    warm: trigger.warm,
    ...reportOf(trigger.report),
    keep: trigger.keep ?? '',
    tags: trigger.tags.join(', '),
    skipTags: trigger.skip_tags.join(', '),
    ...environmentDraft(trigger),
    timeLimit: trigger.time_limit ? String(trigger.time_limit / 60) : '',
    durable: trigger.is_durable,
    retries: retry && retry.max_attempts > 1 ? String(retry.max_attempts - 1) : '',
    retryDelay: retry ? String(retry.base_delay / 60) : '',
    atMost: trigger.policy?.written ?? '',
    priority: trigger.priority ? String(trigger.priority) : '',
    notifies: notify === null ? 'project' : notify.length > 0 ? 'here' : 'nobody',
    notify: linesOf(notify ?? [])
  };
}

/** Whether the caller of a webhook waits for the answer. */
export function waits({ kind, isSync }: IDraft): boolean {
  return kind === 'webhook' && isSync;
}

/** Whether the caller waits, and for how long, as the API takes it. */
export function asAnswer(draft: IDraft): Pick<ITriggerBody, 'is_sync' | 'sync_time'> {
  const { syncTime } = draft;
  const isSync = waits(draft);
  return { is_sync: isSync, sync_time: isSync && syncTime.trim() ? Number(syncTime) : null };
}

/** Who hears of what as the API takes it; null: as the project says. */
export function asNotify({ notifies, notify }: IDraft): INotifyRule[] | null {
  return notifies === 'project' ? null : notifies === 'nobody' ? [] : rulesOf(notify);
}

/** Days of the week as the form writes them; '' for all of them. */
function workingDays(days: readonly string[] = []): string {
  const text = days.join(', ');
  return days.length === 7 ? '' : text === 'MON, TUE, WED, THU, FRI' ? 'MON-FRI' : text;
}

/** The days off as the API takes them; dates of one's own, and a file, have no field, and stay as they were `before`. */
export function asCalendar(
  { holidays, workingDays, ifOff }: IDraft,
  before: ITrigger['schedule']
): NonNullable<IScheduleBody['calendar']> | null {
  const { dates = [], ics = null } = before?.calendar ?? {};
  const place = holidays.trim();
  const days = workingDays.trim();
  if (!place && !days && dates.length === 0 && !ics) {
    return null;
  }
  return { holidays: place || null, working_days: days || null, dates, ics, if_off: ifOff };
}

/** How often it is tried again as the API takes it; what the form has no field for stays as it was `before`. */
export function asRetry(
  { retries, retryDelay }: Pick<IDraft, 'retries' | 'retryDelay'>,
  before: ITrigger['retry']
): IRetryPolicyBody | null {
  const count = Number(retries);
  if (!count) {
    return null;
  }
  const first = retryDelay.trim() ? Number(retryDelay) * 60 : null;
  return {
    ...before,
    max_attempts: count + 1,
    base_delay: first,
    // The longest wait has no field: it is never what makes the server refuse.
    max_delay: before && Math.max(before.max_delay, first ?? 0)
  };
}
