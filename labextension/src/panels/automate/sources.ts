/** What a trigger waits for, as the form holds it: sessions of others, artifacts, files. */
import { ITrigger, ITriggerBody, TriggerType } from '../../api/triggers';

type Statuses = NonNullable<ITrigger['after']>['statuses'];
/** The ends that the form offers; 'own' are others, which were set elsewhere. */
export type Ends = 'completed' | 'failed' | 'any' | 'own';
export type FileChanges = NonNullable<ITrigger['files']>['on'];

export interface ISourceDraft {
  kind: TriggerType;
  /** The name of the event of an event trigger. */
  eventType: string;
  /** Names of triggers and paths of notebooks whose sessions it follows, separated by commas. */
  after: string;
  ends: Ends;
  /** Minutes within which all of them have to end, as text; '' for each of them. */
  within: string;
  /** The ref of an artifact, without its project. */
  artifact: string;
  /** Whether only another content of it counts. */
  onlyChanged: boolean;
  /** Patterns of paths of files, separated by commas. */
  files: string;
  fileChanges: FileChanges;
}

export const NO_SOURCE: Omit<ISourceDraft, 'kind'> = {
  eventType: '',
  after: '',
  ends: 'completed',
  within: '',
  artifact: '',
  onlyChanged: true,
  files: '',
  fileChanges: ['created', 'changed']
};

const STATUSES: Record<Exclude<Ends, 'own'>, Statuses> = {
  completed: ['completed'],
  failed: ['failed', 'timeout', 'abandoned'],
  any: ['completed', 'failed', 'cancelled', 'timeout', 'abandoned']
};

/** What stands between commas. */
export function listed(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(Boolean);
}

/** The form's fields of a trigger that exists. */
export function sourceDraft(trigger: ITrigger): Omit<ISourceDraft, 'kind'> {
  const { after, artifact, files } = trigger;
  const same = (ends: Exclude<Ends, 'own'>): boolean =>
    [...STATUSES[ends]].sort().join() === [...(after?.statuses ?? ['completed'])].sort().join();
  return {
    eventType: trigger.event_type ?? '',
    after: after?.of.join(', ') ?? '',
    ends: (['completed', 'failed', 'any'] as const).find(same) ?? 'own',
    within: after?.within ? String(after.within / 60) : '',
    artifact: artifact?.ref ?? '',
    onlyChanged: artifact?.changed ?? true,
    files: files?.paths.join(', ') ?? '',
    fileChanges: files?.on ?? ['created', 'changed']
  };
}

/** What it waits for as the API takes it; what the form has no field for stays as it was `before`. */
export function asSources(
  draft: ISourceDraft,
  before: ITrigger | null
): Pick<ITriggerBody, 'event_type' | 'after' | 'artifact' | 'files'> {
  const { kind } = draft;
  return {
    event_type: asEventType(draft, before),
    after: kind === 'session' ? asAfter(draft, before?.after ?? null) : null,
    artifact:
      kind === 'artifact' ? { ref: draft.artifact.trim(), changed: draft.onlyChanged } : null,
    files:
      kind === 'file'
        ? {
            paths: listed(draft.files),
            on: draft.fileChanges,
            ...(before?.files ? { debounce: before.files.debounce } : {})
          }
        : null
  };
}

function asEventType({ kind, eventType }: ISourceDraft, before: ITrigger | null): string | null {
  if (kind === 'event') {
    return eventType.trim() || null;
  }
  // That of a webhook, its method, has no field.
  return kind === before?.type ? before.event_type : null;
}

function asAfter(draft: ISourceDraft, before: ITrigger['after']): ITriggerBody['after'] {
  const of = listed(draft.after);
  const statuses = draft.ends === 'own' ? (before?.statuses ?? null) : STATUSES[draft.ends];
  const within = draft.within.trim();
  return { of, statuses, within: of.length > 1 && within ? Number(within) * 60 : null };
}
