/** A rule as one types it, and what the server takes. */
import { IRule, IRuleBody } from '../../api/rules';
import { ITrigger } from '../../api/triggers';

/** What one types: conditions and mappings a line each. */
export interface IRuleDraft {
  name: string;
  call: string;
  condition: 'all' | 'any';
  conditions: string;
  mapping: string;
  collect: 'none' | 'debounce' | 'batch';
  seconds: string;
  key: string;
}

export function draftOf(rule: IRule | null, trigger: ITrigger): IRuleDraft {
  const collect = rule?.collect ?? null;
  const kind = collect === null ? 'none' : collect.batch !== null ? 'batch' : 'debounce';
  return {
    name: rule?.name ?? '',
    call: rule?.call ?? trigger.call ?? '',
    condition: rule?.condition ?? 'all',
    conditions: (rule?.conditions ?? []).join('\n'),
    mapping: Object.entries(rule?.mapping ?? {})
      .map(([name, text]) => `${name} = ${text}`)
      .join('\n'),
    collect: kind,
    seconds: String(collect?.batch ?? collect?.debounce ?? 30),
    key: collect?.key ?? ''
  };
}

export function bodyOf(draft: IRuleDraft, rule: IRule | null): IRuleBody {
  const lines = (text: string): string[] => text.split('\n').filter(line => line.trim());
  const mapping = lines(draft.mapping).map((line): [string, string] => {
    const [name, ...rest] = line.split('=');
    return [name.trim(), rest.join('=').trim()];
  });
  const { max_events, at_most } = rule?.collect ?? {};
  const collect =
    draft.collect === 'none'
      ? null
      : {
          [draft.collect]: Number(draft.seconds) || 30,
          key: draft.key.trim() || null,
          ...(max_events ? { max_events } : {}),
          ...(at_most && draft.collect === 'debounce' ? { at_most } : {})
        };
  return {
    call: draft.call.trim(),
    condition: draft.condition,
    conditions: lines(draft.conditions),
    mapping: Object.fromEntries<string>(mapping),
    collect,
    // What the form does not have stays.
    ...(rule
      ? { enabled: rule.enabled, parameters: rule.parameters, transform: rule.transform }
      : {})
  };
}
