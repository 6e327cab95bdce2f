/** The form that makes a notebook an automation, or changes a trigger: its draft and its preview. */
import { Debouncer } from '@lumino/polling';

import { Client } from '../../api/client';
import { sentence } from '../../api/request';
import { IChangeStream } from '../../api/stream';
import { IInspection, IParameterField, ITrigger, ITriggerBody } from '../../api/types';
import { asSchedule, localZone } from '../../forms/rhythm';
import { ICollected, collect, drafted } from '../../forms/values';
import { LiveModel } from '../live';
import { IDraft, NEW_DRAFT, drawn, hasEvents, suggestedName } from './draft';

/** Rest after the last key before the server is asked for a preview, in milliseconds. */
const PREVIEW_DELAY = 300;

export class AutomateModel extends LiveModel {
  constructor(
    private readonly _client: Client,
    stream: IChangeStream,
    /** A notebook under the Jupyter root, or the id of a trigger to change; neither: the form asks. */
    private _subject: { path?: string; trigger?: string }
  ) {
    super(stream, []);
  }

  get path(): string {
    return this._subject.path ?? '';
  }

  /** The trigger that is changed; null for a new one. */
  get edited(): ITrigger | null {
    return this._edited;
  }

  get draft(): IDraft {
    return this._draft;
  }

  get inspection(): IInspection | null {
    return this._inspection;
  }

  get fields(): readonly IParameterField[] {
    return this._inspection?.parameters ?? [];
  }

  /** The server's view of the draft: next fires, warnings. */
  get preview(): ITrigger | null {
    return this._preview;
  }

  /** Why the server would refuse the draft. */
  get refusal(): string | null {
    return this._refusal;
  }

  /** The trigger as it was saved; the form gives way to its card. */
  get saved(): ITrigger | null {
    return this._saved;
  }

  get collected(): ICollected {
    const mapped = this.takesEvents ? this._draft.mapping : {};
    const typed = this.fields.filter(field => !mapped[field.name]?.trim());
    return collect(typed, this._draft.parameters);
  }

  get takesEvents(): boolean {
    return hasEvents(this._draft.kind);
  }

  get canSave(): boolean {
    const complete = this._draft.name.trim() !== '' && this.path !== '';
    return complete && !this.refusal && Object.keys(this.collected.errors).length === 0;
  }

  setPath(path: string): Promise<void> {
    this._subject = { path };
    return this.refresh();
  }

  update(patch: Partial<IDraft>): void {
    this._draft = { ...this._draft, ...patch };
    this.redraw();
    this._ask();
  }

  /** Back from the card to an empty form, or to the same one for a change. */
  again(): void {
    this._saved = null;
    this.redraw();
  }

  /** Store the trigger; rejects with the server's sentence. */
  async save(): Promise<ITrigger> {
    const body = this.body();
    const { triggers } = this._client;
    const stored = this._edited
      ? await triggers.update(this._edited.id, body)
      : await triggers.create(body);
    // The answer to a change does not always tell the next fires.
    this._saved = stored.next_fires?.length ? stored : await triggers.get(stored.id);
    this._edited = this._saved;
    this.redraw();
    return this._saved;
  }

  /** What the API is told. */
  body(): ITriggerBody {
    const { draft } = this;
    const jitter = this._edited?.schedule?.jitter;
    const limit = Number(draft.timeLimit);
    const mapping = Object.entries(draft.mapping)
      .map(([name, text]) => [name, text.trim()] as const)
      .filter(([, text]) => this.takesEvents && text !== '');
    const body: ITriggerBody = {
      name: draft.name.trim(),
      type: draft.kind,
      schedule:
        draft.kind === 'schedule'
          ? {
              ...asSchedule(draft.rhythm),
              timezone: draft.rhythm.kind === 'every' ? null : draft.timezone,
              catch_up: draft.catchUp,
              ...(jitter ? { jitter } : {})
            }
          : null,
      filter: (this.takesEvents && draft.filter.trim()) || null,
      warm: draft.handler !== '' && draft.warm,
      is_sync: draft.kind === 'webhook' && draft.isSync,
      parameters: this.collected.values,
      mapping: Object.fromEntries(mapping),
      report: draft.report ? 'html' : null,
      keep: draft.keep.trim() || null,
      time_limit: draft.timeLimit.trim() && limit > 0 ? limit * 60 : null
    };
    const before = this._edited?.call?.split(':')[0];
    if (before) {
      return { ...body, call: draft.handler ? `${before}:${draft.handler}` : before };
    }
    return { ...body, notebook: this.path, handler: draft.handler || undefined };
  }

  override dispose(): void {
    this._debouncer.dispose();
    this._abort?.abort();
    super.dispose();
  }

  protected async load(): Promise<void> {
    const { trigger } = this._subject;
    if (trigger && !this._edited) {
      this._edited = await this._client.triggers.get(trigger);
      this._subject = { trigger, path: this._edited.notebook ?? '' };
    }
    // Loaded again after a reconnection: what was typed meanwhile stays.
    if (!this.path || this._inspection?.path === this.path) {
      return;
    }
    const inspection = await this._client.projects.inspect(this.path);
    this._draft = this._edited
      ? drawn(this._edited, inspection)
      : {
          ...this._draft,
          name: suggestedName(this.path),
          handler: '',
          mapping: {},
          parameters: drafted(inspection.parameters, {})
        };
    this._inspection = { ...inspection, path: this.path };
    this._ask();
  }

  private _ask(): void {
    if (this.path) {
      void this._debouncer.invoke();
    }
  }

  private async _loadPreview(): Promise<void> {
    this._abort?.abort();
    const abort = (this._abort = new AbortController());
    try {
      const project = this._edited?.project_id;
      const body = { ...this.body(), ...(project ? { project } : {}) };
      const preview = await this._client.triggers.preview(body, abort.signal);
      if (abort === this._abort) {
        this._preview = preview;
        this._refusal = null;
      }
    } catch (error) {
      if (abort.signal.aborted) {
        return;
      }
      this._preview = null;
      this._refusal = sentence(error);
    }
    this.redraw();
  }

  private _draft: IDraft = { ...NEW_DRAFT, timezone: localZone() };
  private _edited: ITrigger | null = null;
  private _inspection: IInspection | null = null;
  private _preview: ITrigger | null = null;
  private _refusal: string | null = null;
  private _saved: ITrigger | null = null;
  private _abort: AbortController | null = null;
  private _debouncer = new Debouncer(() => this._loadPreview(), PREVIEW_DELAY);
}
