/** Artifacts by trigger and session. */
import { ArtifactType, IArtifact, deleteArtifact, listArtifacts } from '../../api/artifacts';
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient, IPage } from '../../api/client';
import { SessionStatus } from '../../api/sessions';
import { listTriggerRefs } from '../../api/triggers';
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

/** Artifacts by session, both in the order given. */
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

/** Whether an address may become a link; a notebook may have written anything, also a script. */
export function isWebAddress(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

export class ArtifactsModel extends ListModel<IArtifact, IArtifactFilter, 'artifacts'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    filter: Partial<IArtifactFilter> = {}
  ) {
    super(feed, ['artifacts'], {
      none: { trigger: '', session: '', type: '', name: '' },
      filter,
      page: PAGE
    });
  }

  /** By session; in one group where they are sorted otherwise than by when they were made. */
  get groups(): readonly IArtifactGroup[] | null {
    return this.sort.column === 'created' ? grouped(this.items) : null;
  }

  /** References of the triggers that the filter offers. */
  get triggers(): readonly string[] {
    return this._triggers;
  }

  remove(artifact: IArtifact): Promise<null> {
    return deleteArtifact(this._client, artifact.id);
  }

  protected fetch(paging: IPaging): Promise<IPage<IArtifact>> {
    return listArtifacts(this._client, { ...this.filter, ...paging });
  }

  protected override async load(): Promise<void> {
    await super.load();
    this._triggers = await listTriggerRefs(this._client);
  }

  protected override onChange({ content }: IChangeOn<'artifacts'>): void {
    const { session } = this.filter;
    if (!session || content.session_id === session) {
      this.refreshSoon();
    }
  }

  private _triggers: readonly string[] = [];
}
