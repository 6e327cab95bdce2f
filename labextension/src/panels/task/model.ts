/** The form that makes a task which calls an API, or changes one. */
import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import { IProject, listProjects } from '../../api/projects';
import { ApiError, messageOf } from '../../api/request';
import { getStatus } from '../../api/status';
import { ITask, createTask, updateTask } from '../../api/tasks';
import { ITrigger, getTrigger } from '../../api/triggers';
import { LiveModel } from '../live';
import { IDraft, NEW_DRAFT, changedTask, draftOf, newTask } from './draft';

/** Fields of the form under which an error of the server can stand. */
export type Field = 'name' | 'url' | 'headers' | 'body' | 'timeout' | 'schedule' | 'timezone';
const FIELDS: readonly Field[] = [
  'name',
  'url',
  'headers',
  'body',
  'timeout',
  'schedule',
  'timezone'
];

export class TaskModel extends LiveModel<never> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    /** The id of a trigger that calls an API; undefined for a new one. */
    private readonly _id: string | undefined
  ) {
    super(feed, []);
  }

  get draft(): IDraft {
    return this._draft;
  }

  /** The trigger that is changed; null for a new one. */
  get edited(): ITrigger | null {
    return this._edited;
  }

  get projects(): readonly IProject[] {
    return this._projects;
  }

  /** Whether there is something to fill in. */
  get ready(): boolean {
    return this._ready;
  }

  /** What the server says against it; null where it has said nothing, or of a field. */
  get refusal(): string | null {
    return this._refusedField === null ? this._refusal : null;
  }

  refusalOf(field: Field): string | null {
    return this._refusedField === field ? this._refusal : null;
  }

  update(patch: Partial<IDraft>): void {
    this._draft = { ...this._draft, ...patch };
    this._refusal = this._refusedField = null;
    this.redraw();
  }

  /** Store it; rejects with the server's error message, which is shown under its field. */
  async save(): Promise<ITask> {
    const { draft, edited } = this;
    try {
      const stored = await (edited
        ? updateTask(this._client, edited.id, changedTask(draft, edited, this._zone))
        : createTask(this._client, newTask(draft)));
      this._edited = await getTrigger(this._client, stored.id);
      this.redraw();
      return stored;
    } catch (error) {
      this._refusal = messageOf(error);
      const named = error instanceof ApiError ? error.field.replace(/^api_call\./, '') : '';
      this._refusedField = FIELDS.find(field => field === named) ?? null;
      this.redraw();
      throw error;
    }
  }

  protected async load(): Promise<void> {
    // After a reconnection it is loaded again: what was typed meanwhile must stay.
    if (this._ready) {
      return;
    }
    const [{ timezone }, projects] = await Promise.all([
      getStatus(this._client),
      listProjects(this._client)
    ]);
    this._zone = timezone;
    this._projects = projects;
    this._edited = this._id ? await getTrigger(this._client, this._id) : null;
    this._draft = this._edited ? draftOf(this._edited, timezone) : { ...this._draft, timezone };
    this._ready = true;
  }

  private _draft: IDraft = NEW_DRAFT;
  private _edited: ITrigger | null = null;
  private _projects: readonly IProject[] = [];
  private _ready = false;
  private _zone = '';
  private _refusal: string | null = null;
  private _refusedField: Field | null = null;
}
