/** The list of notifications, and who hears of what in a project. */
import { IChangeFeed } from '../../api/changes';
import { IClient, IPage } from '../../api/client';
import {
  INotification,
  INotifyRule,
  ITestResult,
  NotificationState,
  getNotify,
  listNotifications,
  setNotify,
  testRecipient
} from '../../api/notifications';
import { IProject, listProjects } from '../../api/projects';
import { IPaging, ListModel } from '../list/model';

/** Notifications of one page. */
const PAGE = 50;

export interface INotificationFilter {
  /** A project's id, or ''. */
  project: string;
  state: NotificationState | '';
}

export class NotificationsModel extends ListModel<
  INotification,
  INotificationFilter,
  'notifications'
> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    filter: Partial<INotificationFilter> = {}
  ) {
    super(feed, ['notifications'], { none: { project: '', state: '' }, filter, page: PAGE });
  }

  get projects(): readonly IProject[] {
    return this._projects;
  }

  /** The project whose rules are shown: the one of the filter, else the only one; null where none is chosen. */
  get project(): IProject | null {
    const only = this._projects.length === 1 ? this._projects[0] : null;
    return this._projects.find(({ id }) => id === this.filter.project) ?? only;
  }

  /** Who hears of what in `project`; null until it is known. */
  get rules(): readonly INotifyRule[] | null {
    return this._rules?.project === this.project?.id ? (this._rules?.rules ?? null) : null;
  }

  /** Rejects with the server's message for what it refuses. */
  async setRules(rules: readonly INotifyRule[]): Promise<void> {
    const { project } = this;
    if (project) {
      this._rules = {
        project: project.id,
        rules: await setNotify(this._client, project.id, rules)
      };
      this.redraw();
    }
  }

  /** Send a test message with the secrets of `project`. */
  async test(to: string): Promise<ITestResult> {
    return testRecipient(this._client, this.project?.id ?? '', to);
  }

  protected override async load(): Promise<void> {
    const [projects] = await Promise.all([listProjects(this._client), super.load()]);
    this._projects = projects;
    const { project } = this;
    if (project) {
      this._rules = { project: project.id, rules: await getNotify(this._client, project.id) };
    }
  }

  protected fetch({ limit, cursor }: IPaging): Promise<IPage<INotification>> {
    const { project, state } = this.filter;
    return listNotifications(this._client, { limit, cursor, project_id: project, state });
  }

  private _projects: readonly IProject[] = [];
  private _rules: { project: string; rules: readonly INotifyRule[] } | null = null;
}
