/** The sidebar's state: what runs, what needs a look, and what will fire next. */
import { Client } from '../../api/client';
import { IChange, IChangeStream } from '../../api/stream';
import { ISession, ITrigger } from '../../api/types';
import { LiveModel } from '../live';
import { GROUPS, isActive, patched } from '../sessions/model';
import { byNextFire } from '../triggers/model';

/** Sessions listed as running. */
const RUNNING = 20;
/** Failed sessions listed. */
const FAILED = 5;
/** How far back a failure needs a look, in milliseconds. */
const RECENT = 24 * 3600 * 1000;
/** Triggers listed. */
const TRIGGERS = 50;

/** A trigger whose last results hold what a change says of one of them. */
export function withResult(trigger: ITrigger, change: IChange): ITrigger {
  const { status } = change.content;
  const found = trigger.recent.find(item => item.id === change.id);
  if (!found || !status || found.status === status) {
    return trigger;
  }
  const recent = trigger.recent.map(item => (item === found ? { ...item, status } : item));
  return { ...trigger, recent };
}

export class OverviewModel extends LiveModel {
  constructor(
    private readonly _client: Client,
    stream: IChangeStream
  ) {
    super(stream, ['sessions', 'triggers']);
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

  protected async load(): Promise<void> {
    const since = new Date(Date.now() - RECENT).toISOString();
    const [running, failed, triggers] = await Promise.all([
      this._client.sessions.list({ status: GROUPS.active.join(','), limit: RUNNING }),
      this._client.sessions.list({ status: GROUPS.failed.join(','), since, limit: FAILED }),
      this._client.triggers.list({ limit: TRIGGERS })
    ]);
    this._running = running.items;
    this._failed = failed.items;
    this._triggers = [...triggers.items].sort(byNextFire);
    this._moreTriggers = triggers.next_cursor !== null;
    this._moreRunning = running.next_cursor !== null;
    this._moreFailed = failed.next_cursor !== null;
  }

  protected override onChange(change: IChange): void {
    if (change.channel === 'sessions') {
      if (change.activity === 'log' || change.activity === 'outcome') {
        return;
      }
      this.refreshIfLoading();
      this._triggers = this._triggers.map(trigger => withResult(trigger, change));
      const known = this._running.find(session => session.id === change.id);
      if (known) {
        const next = patched(known, change);
        this._running = this._running.map(session => (session === known ? next : session));
        this.redraw();
        if (isActive(next.status)) {
          return;
        }
      } else if (change.activity === 'cell' || change.activity === 'progress') {
        return;
      }
    }
    this.refreshSoon();
  }

  private _running: readonly ISession[] = [];
  private _failed: readonly ISession[] = [];
  private _triggers: readonly ITrigger[] = [];
  private _moreTriggers = false;
  private _moreRunning = false;
  private _moreFailed = false;
}
