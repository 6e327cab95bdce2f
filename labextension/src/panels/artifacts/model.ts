/** Artifacts by trigger and session, with their versions. */
import { Client } from '../../api/client';
import { IChange, IChangeStream } from '../../api/stream';
import { ArtifactType, IArtifact, SessionStatus } from '../../api/types';
import { LiveModel } from '../live';

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

export class ArtifactsModel extends LiveModel {
  constructor(
    private readonly _client: Client,
    stream: IChangeStream,
    filter: Partial<IArtifactFilter> = {}
  ) {
    super(stream, ['artifacts']);
    this._filter = { ...this._filter, ...filter };
  }

  get groups(): readonly IArtifactGroup[] {
    return this._groups;
  }

  get filter(): IArtifactFilter {
    return this._filter;
  }

  get filtered(): boolean {
    return Object.values(this._filter).some(Boolean);
  }

  /** References of the triggers that the filter offers. */
  get triggers(): readonly string[] {
    return this._triggers;
  }

  get more(): boolean {
    return this._cursor !== null;
  }

  get loadingMore(): boolean {
    return this._loadingMore;
  }

  setFilter(patch: Partial<IArtifactFilter>): Promise<void> {
    this._filter = { ...this._filter, ...patch };
    this._count = PAGE;
    return this.refresh();
  }

  async loadMore(): Promise<void> {
    this._loadingMore = true;
    this._count += PAGE;
    await this.refresh();
    this._loadingMore = false;
    this.redraw();
  }

  protected async load(): Promise<void> {
    const filter = this._filter;
    const items: IArtifact[] = [];
    let cursor: string | null = null;
    do {
      const page = await this._client.artifacts.list({ ...filter, limit: PAGE, cursor });
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor && items.length < this._count);
    const triggers = await this._client.triggers.list({ limit: 200 });
    if (filter !== this._filter) {
      return;
    }
    this._groups = grouped(items);
    this._cursor = cursor;
    this._triggers = triggers.items.map(trigger => trigger.ref).sort();
  }

  protected override onChange(change: IChange): void {
    const { session } = this._filter;
    if (!session || !change.content.session_id || change.content.session_id === session) {
      this.refreshSoon();
    }
  }

  private _filter: IArtifactFilter = { trigger: '', session: '', type: '', name: '' };
  private _groups: readonly IArtifactGroup[] = [];
  private _triggers: readonly string[] = [];
  private _cursor: string | null = null;
  private _count = PAGE;
  private _loadingMore = false;
}
