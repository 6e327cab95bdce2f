/** A rule as one types it, and what the server takes. */
import { parseJson, toJson } from '../../api/json';
import { IRule, IRuleBody } from '../../api/rules';
import { ITrigger } from '../../api/triggers';
import { allOf, anyOf } from '../../forms/cel';
import { ICollectingDraft, asCollecting, collectingDraft } from '../../forms/collecting';

/** Conditions, mappings and parameters are a line each. */
export interface IRuleDraft extends ICollectingDraft {
  name: string;
  call: string;
  condition: 'all' | 'any';
  conditions: string;
  /** A CEL text whose value takes the place of the event's data; '' for none. */
  transform: string;
  mapping: string;
  parameters: string;
}

export function draftOf(rule: IRule | null, trigger: ITrigger): IRuleDraft {
  return {
    name: rule?.name ?? '',
    call: rule?.call ?? trigger.call ?? '',
    condition: rule?.condition ?? 'all',
    conditions: (rule?.conditions ?? []).join('\n'),
    transform: rule?.transform ?? '',
    mapping: assignments(rule?.mapping ?? {}, text => text),
    parameters: assignments(rule?.parameters ?? {}, written),
    ...collectingDraft(rule?.collect ?? null)
  };
}

export function bodyOf(draft: IRuleDraft, rule: IRule | null): IRuleBody {
  return {
    call: draft.call.trim(),
    condition: draft.condition,
    conditions: lines(draft.conditions),
    transform: draft.transform.trim() || null,
    mapping: Object.fromEntries(assigned(draft.mapping)),
    parameters: Object.fromEntries(
      assigned(draft.parameters).map(([name, text]) => [name, valueOf(text)])
    ),
    collect: asCollecting(draft, rule?.collect ?? null),
    // What the form does not have stays.
    ...(rule ? { enabled: rule.enabled } : {})
  };
}

/** Its conditions as one filter, to be tried; '' where it has none. */
export function filterOf({ condition, conditions }: IRuleDraft): string {
  const [first, ...others] = lines(conditions);
  if (others.length === 0) {
    return first ?? '';
  }
  const tests = [first, ...others].map(test => `(${test})`);
  return condition === 'any' ? anyOf(tests) : allOf(tests);
}

function lines(text: string): string[] {
  return text.split('\n').filter(line => line.trim());
}

/** "name = text" in each line, as names and texts. */
function assigned(text: string): [string, string][] {
  return lines(text).map(line => {
    const [name, ...rest] = line.split('=');
    return [name.trim(), rest.join('=').trim()];
  });
}

function assignments<T>(values: Readonly<Record<string, T>>, text: (value: T) => string): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${text(value)}`)
    .join('\n');
}

/** JSON where it is some, else the text itself: 3, ["a"], emea. */
function valueOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

/** The shortest text that `valueOf` reads as this value, in one line. */
function written(value: unknown): string {
  const plain = typeof value === 'string' && value === value.trim() && !/\n/.test(value);
  return plain && value !== '' && valueOf(value) === value ? value : toJson(value);
}
