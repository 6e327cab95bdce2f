/** The sidebar's state: what runs, what failed lately, and what will fire next. */
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import { IInquiry, listInquiries } from '../../api/inquiries';
import { ISession, acknowledgeSession, listSessions } from '../../api/sessions';
import { ITrigger, listTriggers } from '../../api/triggers';
import { LiveModel } from '../live';
import { AskCancel, cancelAsking } from '../sessions/cancel';
import { GROUPS, ISummaryChange, hasSummary, isActive, patched } from '../sessions/summary';

/** Sessions listed as running. */
const RUNNING = 20;
const WAITING = 5;
/** Failed sessions fetched; equal ones are listed once. */
const FAILED = 50;
/** Different failures listed. */
const FAILURES = 5;
/** Inquiries listed. */
const INQUIRIES = 10;
/** How far back failures are listed, in milliseconds. */
const RECENT = 24 * 3600 * 1000;
/** Triggers listed. */
const TRIGGERS = 50;

/** Sessions that failed alike, the newest first. */
export interface IFailure {
  readonly newest: ISession;
  readonly sessions: readonly ISession[];
}

/** Failed sessions by what ran and how it failed, the newest failure first. */
export function grouped(failed: readonly ISession[]): IFailure[] {
  const groups = new Map<string, ISession[]>();
  for (const session of failed) {
    const { project, call, trigger, status, error, reason } = session;
    const why = error ? [error.ename, error.evalue] : [reason];
    const key = JSON.stringify([project, call, trigger, status, ...why]);
    groups.set(key, [...(groups.get(key) ?? []), session]);
  }
  return [...groups.values()].map(sessions => ({ newest: sessions[0], sessions }));
}

/** A trigger among whose last results the session of a change has its new status. */
export function withResult(trigger: ITrigger, change: ISummaryChange): ITrigger {
  const { status } = change.content;
  const found = trigger.recent.find(item => item.id === change.id);
  if (!found || found.status === status) {
    return trigger;
  }
  const recent = trigger.recent.map(item => (item === found ? { ...item, status } : item));
  return { ...trigger, recent };
}

export class OverviewModel extends LiveModel<'sessions' | 'triggers' | 'inquiries'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed
  ) {
    super(feed, ['sessions', 'triggers', 'inquiries']);
  }

  /** What waits for the user's answer, the newest first. */
  get inquiries(): readonly IInquiry[] {
    return this._inquiries;
  }

  get moreInquiries(): boolean {
    return this._moreInquiries;
  }

  /** What runs, or is about to. */
  get running(): readonly ISession[] {
    return this._sessions.filter(({ status }) => status !== 'waiting');
  }

  /** What waits without a process. */
  get waiting(): readonly ISession[] {
    return this._sessions.filter(({ status }) => status === 'waiting');
  }

  /** What failed lately and nobody has acknowledged. */
  get failed(): readonly IFailure[] {
    return this._failed.slice(0, FAILURES);
  }

  get triggers(): readonly ITrigger[] {
    return this._triggers;
  }

  get moreTriggers(): boolean {
    return this._moreTriggers;
  }

  get moreRunning(): boolean {
    return this._moreRunning;
  }

  get moreWaiting(): boolean {
    return this._moreWaiting;
  }

  get moreFailed(): boolean {
    return this._moreFailed;
  }

  /** Say that these failures have been seen: they are no longer listed. */
  async acknowledge(failure: IFailure): Promise<void> {
    this._failed = this._failed.filter(one => one !== failure);
    this.redraw();
    await Promise.all(failure.sessions.map(({ id }) => acknowledgeSession(this._client, id)));
  }

  /** Cancel a session, where it has children as `ask` says. */
  cancel(session: ISession, ask: AskCancel): Promise<void> {
    return cancelAsking(this._client, session.id, ask);
  }

  protected async load(): Promise<void> {
    const since = new Date(Date.now() - RECENT).toISOString();
    const [running, waiting, failed, triggers, inquiries] = await Promise.all([
      listSessions(this._client, { status: GROUPS.active.join(','), limit: RUNNING }),
      listSessions(this._client, { status: GROUPS.waiting.join(','), limit: WAITING }),
      listSessions(this._client, {
        status: GROUPS.failed.join(','),
        since,
        unseen: true,
        limit: FAILED
      }),
      listTriggers(this._client, { limit: TRIGGERS, sort: 'next_fire', order: 'asc' }),
      listInquiries(this._client, { status: 'pending', assigned_to: 'me', limit: INQUIRIES })
    ]);
    this._inquiries = inquiries.items;
    this._moreInquiries = inquiries.next_cursor !== null;
    this._sessions = [...running.items, ...waiting.items];
    this._failed = grouped(failed.items);
    this._triggers = triggers.items;
    this._moreTriggers = triggers.next_cursor !== null;
    this._moreRunning = running.next_cursor !== null;
    this._moreWaiting = waiting.next_cursor !== null;
    this._moreFailed = failed.next_cursor !== null || this._failed.length > FAILURES;
  }

  protected override onChange(change: IChangeOn<'sessions' | 'triggers' | 'inquiries'>): void {
    if (change.channel !== 'sessions' || change.activity === 'deleted') {
      this.refreshSoon();
    } else if (hasSummary(change)) {
      this._onSession(change);
    }
  }

  private _onSession(change: ISummaryChange): void {
    this.refreshIfLoading();
    this._triggers = this._triggers.map(trigger => withResult(trigger, change));
    const known = this._sessions.find(session => session.id === change.id);
    if (!known) {
      if (change.activity === 'created' || change.activity === 'updated') {
        this.refreshSoon();
      }
      return;
    }
    const next = patched(known, change);
    this._sessions = this._sessions.map(session => (session === known ? next : session));
    this.redraw();
    // A change does not say until when it waits.
    if (!isActive(next.status) || (next.status === 'waiting' && next.status !== known.status)) {
      this.refreshSoon();
    }
  }

  private _inquiries: readonly IInquiry[] = [];
  private _moreInquiries = false;
  private _sessions: readonly ISession[] = [];
  private _failed: readonly IFailure[] = [];
  private _triggers: readonly ITrigger[] = [];
  private _moreTriggers = false;
  private _moreRunning = false;
  private _moreWaiting = false;
  private _moreFailed = false;
}
