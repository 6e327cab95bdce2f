/** One session: its cells, log, artifacts and event, kept live. */
import { Client } from '../../api/client';
import { IChange, IChangeStream } from '../../api/stream';
import { IArtifact, ICell, IEvent, ILogEntry, ISession } from '../../api/types';
import { LiveModel } from '../live';
import { isActive, patched } from '../sessions/model';

/** Log entries fetched at a time. */
const LOG_PAGE = 500;
/** Log entries that are followed by themselves; the rest is fetched on demand. */
const LOG_FOLLOWED = 5000;
/** Most artifacts shown here; the artifacts page has the rest. */
const ARTIFACTS = 200;

export class SessionModel extends LiveModel {
  constructor(
    private readonly _client: Client,
    stream: IChangeStream,
    readonly id: string
  ) {
    super(stream, ['sessions', 'artifacts']);
  }

  get session(): ISession | null {
    return this._session;
  }

  get cells(): readonly ICell[] {
    return this._cells;
  }

  get log(): readonly ILogEntry[] {
    return this._log;
  }

  /** Whether the log goes on after what is shown. */
  get moreLog(): boolean {
    return this._moreLog;
  }

  get artifacts(): readonly IArtifact[] {
    return this._artifacts;
  }

  get event(): IEvent | null {
    return this._event;
  }

  /** The executed notebook, as soon as it is in the drive. */
  get notebook(): IArtifact | null {
    return this._artifacts.find(item => item.name.endsWith('.ipynb') && item.drive_path) ?? null;
  }

  /** The HTML report. */
  get report(): IArtifact | null {
    return this._artifacts.find(item => item.media_type === 'text/html' && item.drive_path) ?? null;
  }

  cancel(): Promise<ISession> {
    return this._client.sessions.cancel(this.id);
  }

  retry(): Promise<ISession> {
    return this._client.sessions.retry(this.id);
  }

  /** Fetch the log further than it is followed. */
  async loadMoreLog(): Promise<void> {
    await this._fetchLog(this._log.length + LOG_PAGE);
    this.redraw();
  }

  protected async load(): Promise<void> {
    const logOnly = this._asked === 'log';
    this._asked = 'nothing';
    if (logOnly) {
      return this._fetchLog(LOG_FOLLOWED);
    }
    const [session, cells, artifacts] = await Promise.all([
      this._client.sessions.get(this.id),
      this._client.sessions.cells(this.id),
      this._client.artifacts.list({ session: this.id, limit: ARTIFACTS }),
      this._fetchLog(LOG_FOLLOWED)
    ]);
    this._session = session;
    this._cells = cells.items;
    this._artifacts = artifacts.items;
    if (session.event_id && !this._event) {
      this._event = await this._client.events.get(session.event_id);
    }
  }

  protected override onChange(change: IChange): void {
    const ours =
      change.channel === 'sessions' ? change.id === this.id : change.content.session_id === this.id;
    if (!ours) {
      return;
    }
    const log = change.activity === 'log' && this._asked !== 'all';
    this._asked = log ? 'log' : 'all';
    if (change.channel === 'sessions' && this._session) {
      this._session = patched(this._session, change);
      this.redraw();
    }
    this.refreshSoon();
  }

  /** Append what the log has gained, until `limit` entries are shown. */
  private async _fetchLog(limit: number): Promise<void> {
    let full = true;
    while (full && this._log.length < limit) {
      const last = this._log[this._log.length - 1];
      const page = await this._client.sessions.log(this.id, last?.seq ?? 0, LOG_PAGE);
      const known = this._log[this._log.length - 1]?.seq ?? 0;
      this._log = [...this._log, ...page.items.filter(entry => entry.seq > known)];
      full = page.items.length === LOG_PAGE;
    }
    this._moreLog = full && this._log.length >= limit;
  }

  private _session: ISession | null = null;
  private _cells: readonly ICell[] = [];
  private _log: readonly ILogEntry[] = [];
  private _moreLog = false;
  /** What the changes since the last load concern; a log alone is the commonest by far. */
  private _asked: 'nothing' | 'log' | 'all' = 'nothing';
  private _artifacts: readonly IArtifact[] = [];
  private _event: IEvent | null = null;
}

/** Whether a session can still be stopped. */
export function canCancel(session: ISession): boolean {
  return isActive(session.status) && session.status !== 'canceling';
}
