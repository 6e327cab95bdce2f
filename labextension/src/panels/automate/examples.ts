/** What the fields of the form show as examples. */
import { TriggerType } from '../../api/triggers';

interface IExample {
  filter: string;
  /** What a filter sees. */
  sees: string;
  /** By what events may be collected apart. */
  key: string;
  /** Where parameters are taken from. */
  mapping: string;
}

const EXAMPLES = {
  webhook: {
    filter: 'data.method == "POST" && data.json.action == "opened"',
    sees: 'data.method, headers, path, query, body, json',
    mapping: 'data.json',
    key: 'data.json.id'
  },
  session: {
    filter: 'data.session.result.rows > 0',
    sees: 'data.session.id, status, result, parameters, error, duration; data.sessions by name',
    mapping: 'data.session.result',
    key: 'data.session.id'
  },
  artifact: {
    filter: 'data.artifact.size > 0',
    sees: 'data.artifact.name, ref, version, size, sha256, meta, session; data.previous',
    mapping: 'data.artifact',
    key: 'data.artifact.ref'
  },
  file: {
    filter: 'data.size > 0',
    sees: 'data.path, name, folder, suffix, change, size, modified_at, previous',
    mapping: 'data',
    key: 'data.path'
  },
  event: { filter: 'data.total > 0', sees: 'data, event_type', mapping: 'data', key: 'data.id' }
} satisfies Partial<Record<TriggerType, IExample>>;

/** What a trigger of this type may see; one without an example of its own is shown a webhook's. */
export function exampleOf(type: TriggerType): IExample {
  return type in EXAMPLES ? EXAMPLES[type as keyof typeof EXAMPLES] : EXAMPLES.webhook;
}
