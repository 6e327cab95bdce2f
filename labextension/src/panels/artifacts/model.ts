/** Artifacts by trigger and session. */
import { Client } from '../../api/client';
import { IChange, IChangeStream } from '../../api/stream';
import { ArtifactType, IArtifact, IPage, SessionStatus } from '../../api/types';
import { IPaging, ListModel } from '../list/model';

/** Artifacts of one page. */
const PAGE = 100;

export interface IArtifactFilter {
  trigger: string;
  session: string;
  type: ArtifactType | '';
  name: string;
}

/** The artifacts of one session, or of none. */
export interface IArtifactGroup {
  session: string | null;
  status: SessionStatus | null;
  trigger: string | null;
  at: string;
  items: IArtifact[];
}

/** Artifacts in runs of one session, in the order in which they came. */
export function grouped(artifacts: readonly IArtifact[]): IArtifactGroup[] {
  const groups = new Map<string, IArtifactGroup>();
  for (const artifact of artifacts) {
    const key = artifact.session_id ?? '';
    const group = groups.get(key);
    if (group) {
      group.items.push(artifact);
      continue;
    }
    groups.set(key, {
      session: artifact.session_id,
      status: artifact.session_status,
      trigger: artifact.trigger,
      at: artifact.created_at,
      items: [artifact]
    });
  }
  return [...groups.values()];
}

/** Whether an address may become a link: what a notebook wrote is not trusted to be one. */
export function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

export class ArtifactsModel extends ListModel<IArtifact, IArtifactFilter> {
  constructor(client: Client, stream: IChangeStream, filter: Partial<IArtifactFilter> = {}) {
    super(client, stream, ['artifacts'], {
      none: { trigger: '', session: '', type: '', name: '' },
      filter,
      page: PAGE
    });
  }

  get groups(): readonly IArtifactGroup[] {
    return grouped(this.items);
  }

  /** References of the triggers that the filter offers. */
  get triggers(): readonly string[] {
    return this._triggers;
  }

  remove(artifact: IArtifact): Promise<null> {
    return this.client.artifacts.remove(artifact.id);
  }

  protected fetch(paging: IPaging): Promise<IPage<IArtifact>> {
    return this.client.artifacts.list({ ...this.filter, ...paging });
  }

  protected override async load(): Promise<void> {
    await super.load();
    this._triggers = await this.triggerRefs();
  }

  protected override onChange(change: IChange): void {
    const { session } = this.filter;
    if (!session || !change.content.session_id || change.content.session_id === session) {
      this.refreshSoon();
    }
  }

  private _triggers: readonly string[] = [];
}
