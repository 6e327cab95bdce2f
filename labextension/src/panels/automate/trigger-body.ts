/** The form as the API takes it: all that a trigger is, but for what it calls. */
import { Values } from '../../api/projects';
import { ITrigger, ITriggerBody } from '../../api/triggers';
import { asCollecting } from '../../forms/collecting';
import { asSchedule } from '../../forms/rhythm';
import { asReport } from '../triggers/report';
import { IDraft, asAnswer, asCalendar, asNotify, asRetry, hasEvents, waits } from './draft';
import { asEnvironment } from './environment';
import { asSignature } from './signing';
import { asSources } from './sources';

/** `parameters` are the values of the fields; what has no field stays as it was `before`. */
export function triggerBody(
  draft: IDraft,
  parameters: Values,
  before: ITrigger | null
): ITriggerBody {
  const limit = draft.timeLimit.trim();
  return {
    name: draft.name.trim(),
    type: draft.kind,
    schedule: draft.kind === 'schedule' ? scheduleBody(draft, before) : null,
    ...asSources(draft, before),
    ...eventFields(draft, before),
    warm: draft.handler !== '' && draft.warm,
    ...asAnswer(draft),
    signature: asSignature(draft, before?.signature ?? null),
    parameters,
    report: asReport(draft),
    keep: draft.keep.trim() || null,
    tags: words(draft.tags),
    skip_tags: words(draft.skipTags),
    ...asEnvironment(draft),
    time_limit: limit ? Number(limit) * 60 : null,
    is_durable: draft.durable,
    retry: asRetry(draft, before?.retry ?? null),
    policy: draft.atMost.trim() || null,
    priority: Number(draft.priority) || 0,
    notify: asNotify(draft)
  };
}

function scheduleBody(draft: IDraft, before: ITrigger | null): ITriggerBody['schedule'] {
  const jitter = before?.schedule?.jitter;
  const calendar = asCalendar(draft, before?.schedule ?? null);
  return {
    ...asSchedule(draft.rhythm),
    timezone: (draft.rhythm.kind !== 'every' && draft.timezone.trim()) || null,
    catch_up: draft.catchUp,
    ...(jitter ? { jitter } : {}),
    ...(calendar ? { calendar } : {})
  };
}

/** What is said of events; where there are none, they are not collected either, and nothing is said of that. */
function eventFields(
  draft: IDraft,
  before: ITrigger | null
): Pick<ITriggerBody, 'filter' | 'mapping' | 'collect'> {
  if (!hasEvents(draft.kind)) {
    return { filter: null, mapping: {} };
  }
  const mapping = Object.entries(draft.mapping)
    .map(([name, text]) => [name, text.trim()] as const)
    .filter(([, text]) => text !== '');
  return {
    filter: draft.filter.trim() || null,
    mapping: Object.fromEntries(mapping),
    collect: waits(draft) ? null : asCollecting(draft, before?.collect ?? null)
  };
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
