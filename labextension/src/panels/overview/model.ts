/** The sidebar's state: what runs, what failed lately, and what will fire next. */
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import { ISession, cancelSession, listSessions } from '../../api/sessions';
import { ITrigger, listTriggers } from '../../api/triggers';
import { LiveModel } from '../live';
import { GROUPS, ISummaryChange, hasSummary, isActive, patched } from '../sessions/summary';
import { byNextFire } from '../triggers/model';

/** Sessions listed as running. */
const RUNNING = 20;
/** Failed sessions listed. */
const FAILED = 5;
/** How far back failures are listed, in milliseconds. */
const RECENT = 24 * 3600 * 1000;
/** Triggers listed. */
const TRIGGERS = 50;

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

export class OverviewModel extends LiveModel<'sessions' | 'triggers'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed
  ) {
    super(feed, ['sessions', 'triggers']);
  }

  get running(): readonly ISession[] {
    return this._running;
  }

  get failed(): readonly ISession[] {
    return this._failed;
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

  get moreFailed(): boolean {
    return this._moreFailed;
  }

  cancel(session: ISession): Promise<ISession> {
    return cancelSession(this._client, session.id);
  }

  protected async load(): Promise<void> {
    const since = new Date(Date.now() - RECENT).toISOString();
    const [running, failed, triggers] = await Promise.all([
      listSessions(this._client, { status: GROUPS.active.join(','), limit: RUNNING }),
      listSessions(this._client, { status: GROUPS.failed.join(','), since, limit: FAILED }),
      listTriggers(this._client, { limit: TRIGGERS })
    ]);
    this._running = running.items;
    this._failed = failed.items;
    this._triggers = [...triggers.items].sort(byNextFire);
    this._moreTriggers = triggers.next_cursor !== null;
    this._moreRunning = running.next_cursor !== null;
    this._moreFailed = failed.next_cursor !== null;
  }

  protected override onChange(change: IChangeOn<'sessions' | 'triggers'>): void {
    if (change.channel === 'triggers' || change.activity === 'deleted') {
      this.refreshSoon();
    } else if (hasSummary(change)) {
      this._onSession(change);
    }
  }

  private _onSession(change: ISummaryChange): void {
    this.refreshIfLoading();
    this._triggers = this._triggers.map(trigger => withResult(trigger, change));
    const known = this._running.find(session => session.id === change.id);
    if (!known) {
      if (change.activity === 'created' || change.activity === 'updated') {
        this.refreshSoon();
      }
      return;
    }
    const next = patched(known, change);
    this._running = this._running.map(session => (session === known ? next : session));
    this.redraw();
    if (!isActive(next.status)) {
      this.refreshSoon();
    }
  }

  private _running: readonly ISession[] = [];
  private _failed: readonly ISession[] = [];
  private _triggers: readonly ITrigger[] = [];
  private _moreTriggers = false;
  private _moreRunning = false;
  private _moreFailed = false;
}
