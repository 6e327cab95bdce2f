/** One session: its cells, log, artifacts and event, kept up to date. */
import { IArtifact, listArtifacts } from '../../api/artifacts';
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { ICheckpoint, IResumeBody, listCheckpoints } from '../../api/checkpoints';
import { IClient } from '../../api/client';
import { IEvent, getEvent } from '../../api/events';
import { IInquiry, listInquiries } from '../../api/inquiries';
import { calledFile } from '../../api/projects';
import {
  ICell,
  ILogEntry,
  ISession,
  RetryFiles,
  getSession,
  listCells,
  listLog,
  sendSignal,
  wakeSession
} from '../../api/sessions';
import { IStep, listSteps } from '../../api/steps';
import { IOpenDocuments } from '../../documents';
import { LiveModel } from '../live';
import { resume, retry } from '../sessions/retry';
import { queues } from '../sessions/words';
import { AskCancel, cancelAsking } from '../sessions/cancel';
import { hasSummary, isActive, patched } from '../sessions/summary';
import { ITree, fetchTree } from './tree-model';

/** Log entries fetched at a time. */
const LOG_PAGE = 500;
/** Log entries that are loaded by themselves; the rest is fetched on demand. */
const LOG_LOADED = 5000;
/** Most artifacts shown here; the artifacts page has the rest. */
const ARTIFACTS = 200;

/** Most open inquiries shown here; the page of inquiries has the rest. */
const INQUIRIES = 50;

/** What is fetched by itself when only that has changed. */
type Part = 'log' | 'steps' | 'tree' | 'rest';

export class SessionModel extends LiveModel<'sessions' | 'artifacts' | 'inquiries'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    readonly id: string
  ) {
    super(feed, ['sessions', 'artifacts', 'inquiries']);
  }

  get session(): ISession | null {
    return this._session;
  }

  get cells(): readonly ICell[] {
    return this._cells;
  }

  /** What a durable session has saved, the first one first. */
  get checkpoints(): readonly ICheckpoint[] {
    return this._checkpoints;
  }

  /** What a durable session has recorded, in the notebook's order. */
  get steps(): readonly IStep[] {
    return this._steps;
  }

  get log(): readonly ILogEntry[] {
    return this._log;
  }

  /** Whether the log has more entries than are shown. */
  get moreLog(): boolean {
    return this._moreLog;
  }

  get artifacts(): readonly IArtifact[] {
    return this._artifacts;
  }

  get event(): IEvent | null {
    return this._event;
  }

  /** What it asks people, and waits for; the newest first. */
  get inquiries(): readonly IInquiry[] {
    return this._inquiries;
  }

  /** The executed notebook, as soon as it is in the drive. */
  get notebook(): IArtifact | null {
    return this._artifacts.find(item => item.name.endsWith('.ipynb') && item.drive_path) ?? null;
  }

  /** The report: the page, where it is there, else the PDF. */
  get report(): IArtifact | null {
    const named = ['text/html', 'application/pdf'].map(type =>
      this._artifacts.find(item => item.media_type === type && item.drive_path)
    );
    return named[0] ?? named[1] ?? null;
  }

  /** Path under the Jupyter root of the file that it ran; null where its project is gone, or lies elsewhere. */
  get source(): string | null {
    return this._source;
  }

  /** The tree of sessions that started each other, in which this one is; null where it is alone. */
  get tree(): ITree | null {
    return this._tree;
  }

  /** Cancel it, where it has children as `ask` says. */
  cancel(ask: AskCancel): Promise<void> {
    return cancelAsking(this._client, this.id, ask);
  }

  /** Send it a signal, and see what became of it. */
  async signal(name: string, payload: unknown): Promise<void> {
    await sendSignal(this._client, this.id, name, payload);
    this.refreshSoon();
  }

  /** Let it go on now, where it sleeps. */
  async wake(): Promise<void> {
    await wakeSession(this._client, this.id);
    this.refreshSoon();
  }

  async retry(files: RetryFiles, documents: IOpenDocuments): Promise<ISession> {
    return retry(this._client, documents, await getSession(this._client, this.id), files);
  }

  /** Go on from a checkpoint, as a new session. */
  async resume(body: IResumeBody, documents: IOpenDocuments): Promise<ISession> {
    return resume(this._client, documents, await getSession(this._client, this.id), body);
  }

  /** Fetch more of the log than is loaded by itself. */
  async loadMoreLog(): Promise<void> {
    await this._fetchLog(this._log.length + LOG_PAGE);
    this.redraw();
  }

  protected async load(): Promise<void> {
    const parts = this._outdated;
    this._outdated = new Set();
    if (parts.size > 0 && !parts.has('rest')) {
      await Promise.all([
        parts.has('log') && this._fetchLog(LOG_LOADED),
        parts.has('steps') && this._fetchSteps(),
        parts.has('tree') && this._fetchTree()
      ]);
      return;
    }
    const [session, cells, artifacts, inquiries] = await Promise.all([
      getSession(this._client, this.id),
      listCells(this._client, this.id),
      listArtifacts(this._client, { session: this.id, limit: ARTIFACTS }),
      listInquiries(this._client, { session_id: this.id, status: 'pending', limit: INQUIRIES }),
      this._fetchLog(LOG_LOADED)
    ]);
    this._session = session;
    this._cells = cells.items;
    this._artifacts = artifacts.items;
    this._inquiries = inquiries.items;
    await this._fetchTree();
    if (session.is_durable) {
      this._checkpoints = (await listCheckpoints(this._client, this.id)).items;
      await this._fetchSteps();
    }
    if (session.project_id && this._source === null) {
      const called = await calledFile(this._client, session.project_id, session.call);
      this._source = called && called.file;
    }
    if (session.event_id && !this._event) {
      this._event = await getEvent(this._client, session.event_id);
    }
  }

  protected override onChange(change: IChangeOn<'sessions' | 'artifacts' | 'inquiries'>): void {
    if (change.channel !== 'sessions') {
      if (change.content.session_id === this.id) {
        this._reload('rest');
      }
    } else if (change.id === this.id) {
      if (this._session && hasSummary(change)) {
        this._session = patched(this._session, change);
        this.redraw();
      }
      const { activity } = change;
      this._reload(activity === 'log' || activity === 'steps' ? activity : 'rest');
    } else if (this._session) {
      this._grow(change);
      if (queues(this._session) && change.activity === 'updated') {
        // It may have moved up in the queue.
        this._reload('rest');
      }
    }
  }

  /** Bring the tree up to date by a change of another session. */
  private _grow(change: IChangeOn<'sessions'>): void {
    if (!hasSummary(change)) {
      return;
    }
    const tree = this._tree?.patched(change) ?? null;
    if (tree !== null) {
      this._tree = tree;
      this.redraw();
    } else if (change.activity === 'created' && (this._tree || isActive(this._session!.status))) {
      // Whose child it is, the change does not say.
      this._reload('tree');
    }
  }

  private async _fetchTree(): Promise<void> {
    this._tree = this._session && (await fetchTree(this._client, this._session));
  }

  private _reload(part: Part): void {
    this._outdated.add(part);
    this.refreshSoon();
  }

  private async _fetchSteps(): Promise<void> {
    this._steps = (await listSteps(this._client, this.id)).items;
  }

  /** Append the log's new entries, until `limit` are shown. */
  private async _fetchLog(limit: number): Promise<void> {
    let full = true;
    while (full && this._log.length < limit) {
      const last = this._log[this._log.length - 1];
      const page = await listLog(this._client, this.id, last?.seq ?? 0, LOG_PAGE);
      const known = this._log[this._log.length - 1]?.seq ?? 0;
      this._log = [...this._log, ...page.items.filter(entry => entry.seq > known)];
      full = page.items.length === LOG_PAGE;
    }
    this._moreLog = full && this._log.length >= limit;
  }

  private _session: ISession | null = null;
  private _cells: readonly ICell[] = [];
  private _checkpoints: readonly ICheckpoint[] = [];
  private _steps: readonly IStep[] = [];
  private _log: readonly ILogEntry[] = [];
  private _moreLog = false;
  /** What changed since the last load began; the log alone is by far the most common. */
  private _outdated = new Set<Part>();
  private _artifacts: readonly IArtifact[] = [];
  private _inquiries: readonly IInquiry[] = [];
  private _event: IEvent | null = null;
  private _source: string | null = null;
  private _tree: ITree | null = null;
}
