/** The form that makes a notebook an automation, or changes a trigger: its draft and its preview. */
import { Debouncer } from '@lumino/polling';

import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import { IEvent, IReceipt, getEvent, replayEvent } from '../../api/events';
import { IInspection, IParameterField, inspectNotebook, setVariable } from '../../api/projects';
import { messageOf } from '../../api/request';
import { ISession, startSession } from '../../api/sessions';
import { getStatus } from '../../api/status';
import {
  ITrigger,
  ITriggerBody,
  createTrigger,
  getTrigger,
  listTriggerRefs,
  previewTrigger,
  updateTrigger
} from '../../api/triggers';
import { IOpenDocuments, NO_DOCUMENTS } from '../../documents';
import { proposedMapping } from '../../forms/event-mapping';
import { ICollected, collect, drafted } from '../../forms/values';
import { LiveModel } from '../live';
import { IDraft, NEW_DRAFT, draftOf, hasEvents, suggestedName, waits } from './draft';
import { asEnvironment } from './environment';
import { RefusedField, refusedField } from './refusals';
import { triggerBody } from './trigger-body';

/** Pause after the last key before a preview is requested, in milliseconds. */
const PREVIEW_DELAY = 300;

/** What the form is about; `event` is the id of one that a new trigger is to be for, `filter` what lets it through. */
interface ISubject {
  path?: string;
  trigger?: string;
  event?: string;
  filter?: string;
}

export class AutomateModel extends LiveModel<never> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    /** A notebook under the Jupyter root, or the id of a trigger to change; neither: the form asks. */
    private _subject: ISubject,
    /** The notebook is saved before it is looked at, registered or run. */
    private readonly _documents: IOpenDocuments = NO_DOCUMENTS
  ) {
    super(feed, []);
  }

  get path(): string {
    return this._subject.path ?? '';
  }

  /** The trigger that is changed; null for a new one. */
  get edited(): ITrigger | null {
    return this._edited;
  }

  /** The event that the new trigger is to be for; null where none was named. */
  get event(): IEvent | null {
    return this._event;
  }

  /** Let the trigger that was saved have the event that it was made for. */
  replay(): Promise<IReceipt> {
    return replayEvent(this._client, this._event!.id, this._saved!.id);
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

  /** The draft as the server would store it, with its next fires and warnings. */
  get preview(): ITrigger | null {
    return this._preview;
  }

  /** The server's error message for a draft that it would refuse. */
  get refusal(): string | null {
    return this._refusal;
  }

  /** The error message for a field that the server would refuse, to stand under it; null where it is another's. */
  refusalOf(field: RefusedField): string | null {
    return this._refusedField === field ? this._refusal : null;
  }

  /** What stands under the fields of parameters: what cannot be read, and what the server would refuse. */
  get parameterErrors(): Record<string, string> {
    const [group, name] = this._refusedField?.split('.', 2) ?? [];
    const refused = group === 'parameters' && this._refusal ? { [name]: this._refusal } : {};
    return { ...refused, ...this.collected.errors };
  }

  /** The error message that belongs to no field of the form. */
  get generalRefusal(): string | null {
    return this._refusedField === null ? this._refusal : null;
  }

  /** The trigger as it was saved: its card is shown instead of the form. */
  get saved(): ITrigger | null {
    return this._saved;
  }

  get collected(): ICollected {
    const mapped = this.takesEvents ? this._draft.mapping : {};
    const typed = this.fields.filter(field => !mapped[field.name]?.trim());
    return collect(typed, this._draft.parameters);
  }

  /** The names of the triggers that another may follow. */
  get triggerNames(): readonly string[] {
    return this._triggerNames;
  }

  get takesEvents(): boolean {
    return hasEvents(this._draft.kind);
  }

  /** Whether the caller waits for the answer: then its event is collected with no others. */
  get answers(): boolean {
    return waits(this._draft);
  }

  get canSave(): boolean {
    const complete = this._draft.name.trim() !== '' && this.path !== '';
    return complete && !this.refusal && Object.keys(this.collected.errors).length === 0;
  }

  setPath(path: string): Promise<void> {
    this._subject = { ...this._subject, path };
    return this.refresh();
  }

  update(patch: Partial<IDraft>): void {
    this._draft = { ...this._draft, ...patch };
    this.redraw();
    this._requestPreview();
  }

  /** Return from the card to the form, to change the trigger once more. */
  reopen(): void {
    this._saved = null;
    this.redraw();
  }

  /** Store the trigger; rejects with the server's error message. */
  async save(): Promise<ITrigger> {
    await this._documents.save(this.path);
    const body = this.body();
    const stored = await (
      this._edited
        ? updateTrigger(this._client, this._edited.id, body)
        : createTrigger(this._client, body)
    ).catch((error: unknown) => {
      this._refuse(error);
      throw error;
    });
    this._edited = stored;
    const hasSecret = await this._setSecret(stored);
    // The answer to a change does not always hold the next fires.
    const whole = stored.next_fires?.length && !hasSecret;
    this._saved = whole ? stored : await getTrigger(this._client, stored.id);
    this._edited = this._saved;
    this.redraw();
    return this._saved;
  }

  /** Run the notebook once with what the form says, without a trigger; rejects with the server's error message. */
  async runOnce(): Promise<ISession> {
    await this._documents.save(this.path);
    const { parameters, report, keep, tags, skip_tags, time_limit, is_durable, priority } =
      this.body();
    const call = this._draft.handler ? `${this.path}:${this._draft.handler}` : this.path;
    return startSession(this._client, {
      call,
      parameters,
      report,
      keep,
      tags,
      skip_tags,
      time_limit,
      is_durable,
      priority,
      ...asEnvironment(this._draft)
    });
  }

  /** The trigger as the API takes it. */
  body(): ITriggerBody {
    const { draft } = this;
    const body = triggerBody(draft, this.collected.values, this._edited);
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
    const { trigger, event } = this._subject;
    if (event && !this._event) {
      this._event = await getEvent(this._client, event);
    }
    if (trigger && !this._edited) {
      this._edited = await getTrigger(this._client, trigger);
      this._subject = { trigger, path: this._edited.notebook ?? '' };
    }
    // After a reconnection it is loaded again: what was typed meanwhile must stay.
    if (!this.path || this._inspection?.path === this.path) {
      return;
    }
    await this._documents.save(this.path);
    const [inspection, { timezone }, refs] = await Promise.all([
      inspectNotebook(this._client, this.path),
      getStatus(this._client),
      listTriggerRefs(this._client)
    ]);
    const others = refs.filter(ref => ref !== this._edited?.ref);
    this._triggerNames = others
      .filter(ref => ref.startsWith(`${inspection.project}/`))
      .map(ref => ref.slice(inspection.project.length + 1));
    this._draft = this._edited
      ? draftOf(this._edited, inspection, timezone)
      : {
          ...this._draft,
          timezone,
          name: suggestedName(this.path),
          handler: '',
          mapping: this._event ? proposedMapping(inspection.parameters, this._event.data) : {},
          ...(this._event ? { kind: 'webhook' as const, filter: this._subject.filter ?? '' } : {}),
          parameters: drafted(inspection.parameters, {})
        };
    this._inspection = { ...inspection, path: this.path };
    this._requestPreview();
  }

  /** Store the value of the secret by which deliveries are checked, where one was filled in, and forget it here. */
  private async _setSecret(stored: ITrigger): Promise<boolean> {
    const { secretValue: value } = this._draft;
    if (!stored.signature || value === '') {
      return false;
    }
    const { secret } = stored.signature;
    await setVariable(this._client, stored.project_id, secret, { value, secret: true });
    this._draft = { ...this._draft, secretValue: '' };
    return true;
  }

  private _requestPreview(): void {
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
      const preview = await previewTrigger(this._client, body, abort.signal);
      if (abort === this._abort) {
        this._preview = preview;
        this._refusal = null;
        this._refusedField = null;
      }
    } catch (error) {
      if (abort.signal.aborted) {
        return;
      }
      this._preview = null;
      this._refuse(error);
    }
    this.redraw();
  }

  private _refuse(error: unknown): void {
    this._refusal = messageOf(error);
    this._refusedField = refusedField(
      error,
      this.fields.map(({ name }) => name)
    );
    this.redraw();
  }

  private _draft: IDraft = NEW_DRAFT;
  private _edited: ITrigger | null = null;
  private _event: IEvent | null = null;
  private _triggerNames: readonly string[] = [];
  private _inspection: IInspection | null = null;
  private _preview: ITrigger | null = null;
  private _refusal: string | null = null;
  private _refusedField: RefusedField | null = null;
  private _saved: ITrigger | null = null;
  private _abort: AbortController | null = null;
  private _debouncer = new Debouncer(() => this._loadPreview(), PREVIEW_DELAY);
}
