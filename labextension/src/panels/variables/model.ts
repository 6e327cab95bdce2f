/** The variables and secrets of one project, and the projects to choose from. */
import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import {
  IProject,
  IVariable,
  deleteVariable,
  listProjects,
  listVariables,
  setVariable
} from '../../api/projects';
import { LiveModel } from '../live';

export class VariablesModel extends LiveModel<'projects'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    /** Name of the project that is shown; '' for the first one. */
    private _project: string
  ) {
    super(feed, ['projects']);
  }

  get projects(): readonly IProject[] {
    return this._projects;
  }

  /** Name of the project that is shown; '' where there is none. */
  get project(): string {
    return this._project;
  }

  get variables(): readonly IVariable[] {
    return this._variables;
  }

  choose(project: string): Promise<void> {
    this._project = project;
    this._variables = [];
    return this.refresh();
  }

  /**
   * Rejects with the server's message for a name or value that it refuses.
   * Without a `value` the one that is there stays.
   */
  async set(
    name: string,
    value: string | null,
    secret: boolean,
    description: string
  ): Promise<void> {
    await setVariable(this._client, this._project, name, { value, secret, description });
    await this.refresh();
  }

  async remove(name: string): Promise<void> {
    await deleteVariable(this._client, this._project, name);
    await this.refresh();
  }

  protected async load(): Promise<void> {
    this._projects = await listProjects(this._client);
    const names = this._projects.map(({ name }) => name);
    if (!names.includes(this._project)) {
      this._project = names[0] ?? '';
    }
    const project = this._project;
    const variables = project ? await listVariables(this._client, project) : [];
    if (project === this._project) {
      this._variables = variables;
    }
  }

  private _projects: readonly IProject[] = [];
  private _variables: readonly IVariable[] = [];
}
