/** The policies of one project, the queue behind the one that is open, and the projects to choose from. */
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import {
  IProjectPolicy,
  IQueuedSession,
  deletePolicy,
  listPolicies,
  listQueue,
  setPolicy
} from '../../api/policies';
import { IProject, listProjects } from '../../api/projects';
import { LiveModel } from '../live';

export class PoliciesModel extends LiveModel<'projects' | 'sessions'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    /** Name of the project that is shown; '' for the first one. */
    private _project: string
  ) {
    super(feed, ['projects', 'sessions']);
  }

  get projects(): readonly IProject[] {
    return this._projects;
  }

  /** Name of the project that is shown; '' where there is none. */
  get project(): string {
    return this._project;
  }

  get policies(): readonly IProjectPolicy[] {
    return this._policies;
  }

  /** The first of those that wait for the open policy; null where none is open, or until they are fetched. */
  get queue(): readonly IQueuedSession[] | null {
    return this._queue;
  }

  isOpen({ name }: IProjectPolicy): boolean {
    return this._opened === name;
  }

  choose(project: string): Promise<void> {
    this._project = project;
    this._policies = [];
    this._opened = null;
    this._queue = null;
    return this.refresh();
  }

  /** Show the queue behind a policy, or hide it. */
  async toggle(policy: IProjectPolicy): Promise<void> {
    this._opened = this.isOpen(policy) ? null : policy.name;
    this._queue = null;
    this.redraw();
    await this._loadQueue();
    this.redraw();
  }

  /** Rejects with the server's message for what it refuses; `call` is '' for all sessions. */
  async set(name: string, policy: string, call: string): Promise<void> {
    await setPolicy(this._client, this._project, name, { policy, call: call || null });
    await this.refresh();
  }

  async remove({ name }: IProjectPolicy): Promise<void> {
    await deletePolicy(this._client, this._project, name);
    if (this._opened === name) {
      this._opened = null;
      this._queue = null;
    }
    await this.refresh();
  }

  protected async load(): Promise<void> {
    this._projects = await listProjects(this._client);
    const names = this._projects.map(({ name }) => name);
    if (!names.includes(this._project)) {
      this._project = names[0] ?? '';
    }
    const project = this._project;
    const policies = project ? await listPolicies(this._client, project) : [];
    if (project !== this._project) {
      return;
    }
    this._policies = policies;
    if (!policies.some(one => this.isOpen(one))) {
      this._opened = null;
      this._queue = null;
    }
    await this._loadQueue();
  }

  /** A queue moves when a session comes, begins or ends, and not while one runs. */
  protected override onChange(change: IChangeOn<'projects' | 'sessions'>): void {
    if (
      change.channel === 'projects' ||
      ['created', 'updated', 'deleted'].includes(change.activity)
    ) {
      this.refreshSoon();
    }
  }

  private async _loadQueue(): Promise<void> {
    const { _opened: opened, _project: project } = this;
    if (opened === null) {
      return;
    }
    const queue = await listQueue(this._client, project, opened);
    if (opened === this._opened && project === this._project) {
      this._queue = queue;
    }
  }

  private _projects: readonly IProject[] = [];
  private _policies: readonly IProjectPolicy[] = [];
  private _opened: string | null = null;
  private _queue: readonly IQueuedSession[] | null = null;
}
