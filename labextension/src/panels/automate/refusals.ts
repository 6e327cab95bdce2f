/** Under which field of the form an error of the server stands. */
import { ApiError } from '../../api/request';

/** Where an error of a group of fields stands. */
const WHOLE: Partial<Record<string, string>> = {
  after: 'after.of',
  artifact: 'artifact.ref',
  files: 'files.paths',
  'collect.debounce': 'collect',
  'collect.batch': 'collect',
  'collect.at_most': 'collect'
};

/** A field of the form that the server may refuse. */
export type RefusedField =
  | 'name'
  | 'schedule'
  | 'timezone'
  | 'filter'
  | 'event_type'
  | 'after.of'
  | 'after.within'
  | 'artifact.ref'
  | 'files.paths'
  | 'files.on'
  | 'calendar.holidays'
  | 'calendar.working_days'
  | 'collect'
  | 'collect.key'
  | 'keep'
  | 'tags'
  | 'skip_tags'
  | 'kernel_name'
  | 'env'
  | 'memory'
  | 'time_limit'
  | 'policy'
  | 'priority'
  | 'sync_time'
  | 'notify'
  | 'retry.max_attempts'
  | 'retry.base_delay'
  | 'signature.secret'
  | 'signature.old_secret'
  | `mapping.${string}`
  | `parameters.${string}`;

/** The field of the form that an error of the server is about; null where it is none of them. */
export function refusedField(error: unknown, names: readonly string[]): RefusedField | null {
  if (!(error instanceof ApiError)) {
    return null;
  }
  const { field } = error;
  const [group, name] = field.split('.', 2);
  if (group.startsWith('notify')) {
    return 'notify';
  }
  if (group === 'mapping' || group === 'parameters') {
    return names.includes(name) ? (field as RefusedField) : null;
  }
  const own = [
    'name',
    'timezone',
    'filter',
    'event_type',
    'after.of',
    'after.within',
    'artifact.ref',
    'files.paths',
    'files.on',
    'calendar.holidays',
    'calendar.working_days',
    'collect',
    'collect.key',
    'keep',
    'tags',
    'skip_tags',
    'kernel_name',
    'env',
    'memory',
    'time_limit',
    'priority',
    'sync_time',
    'retry.max_attempts',
    'retry.base_delay',
    'signature.secret',
    'signature.old_secret'
  ] as const;
  if (error.code === 'policy_invalid') {
    return 'policy';
  }
  const found = own.find(one => one === (WHOLE[field] ?? field));
  return found ?? (error.code === 'schedule_invalid' ? 'schedule' : null);
}
