/** The times of one schedule, what somebody has chosen of them, and its backfills. */
import {
  IBackfillBody,
  IBackfillPlan,
  ISessionGroup,
  ITick,
  cancelGroup,
  listBackfills,
  listTicks,
  planBackfill,
  startBackfill
} from '../../api/backfills';
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import { messageOf } from '../../api/request';
import { ITrigger, getTrigger } from '../../api/triggers';
import { LiveModel } from '../live';
import { between } from './squares';

/** How far back it looks: as far as there are not too many squares to draw. */
export const SPANS = ['13 weeks', '5 weeks', '7 days', '1 day', '3 hours'] as const;
export type Span = (typeof SPANS)[number];
/** More squares than these are not looked at one by one. */
const MOST = 700;

export type Which = 'usual' | 'missing' | 'failed' | 'all';

export interface IWish {
  readonly which: Which;
  readonly order: 'oldest' | 'newest';
  readonly at_once: number;
}

export class BackfillModel extends LiveModel<'sessions' | 'session_groups' | 'triggers'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    /** Id or `project/name` of the trigger. */
    readonly key: string
  ) {
    super(feed, ['sessions', 'session_groups', 'triggers']);
  }

  trigger: ITrigger | null = null;
  ticks: readonly ITick[] = [];
  timezone = 'UTC';
  backfills: readonly ISessionGroup[] = [];
  span: Span | null = null;
  wish: IWish = { which: 'usual', order: 'oldest', at_once: 1 };
  /** The ends of what is chosen, as the ticks' times. */
  chosen: { readonly first: string; readonly last: string } | null = null;
  plan: IBackfillPlan | null = null;
  /** Why there is no plan. */
  problem = '';

  /** The ticks that are chosen, oldest first. */
  get selection(): readonly ITick[] {
    return this.chosen ? between(this.ticks, this.chosen.first, this.chosen.last) : [];
  }

  setSpan(span: Span): Promise<void> {
    this.span = span;
    this.choose(null);
    return this.refresh();
  }

  /** Choose one time; with `extend` all from the one chosen before up to it. */
  choose(at: string | null, extend = false): void {
    const first = extend && this.chosen ? this.chosen.first : at;
    this.chosen = at === null || first === null ? null : { first, last: at };
    void this._look();
  }

  /** Choose all that are shown. */
  chooseAll(): void {
    const { ticks } = this;
    this.chosen =
      ticks.length > 0 ? { first: ticks[0].at, last: ticks[ticks.length - 1].at } : null;
    void this._look();
  }

  setWish(wish: Partial<IWish>): void {
    this.wish = { ...this.wish, ...wish };
    void this._look();
  }

  async start(): Promise<void> {
    const body = this._body();
    if (body) {
      await startBackfill(this._client, this.key, body);
      this.choose(null);
      await this.refresh();
    }
  }

  async cancel(group: ISessionGroup, running: 'finish' | 'stop'): Promise<void> {
    await cancelGroup(this._client, group.id, running);
    await this.refresh();
  }

  protected async load(): Promise<void> {
    this.trigger = await getTrigger(this._client, this.key);
    const [backfills] = await Promise.all([
      listBackfills(this._client, this.key),
      this._loadTicks()
    ]);
    this.backfills = backfills.items;
    if (this.chosen) {
      await this._look();
    }
  }

  protected override onChange(change: IChangeOn<'sessions' | 'session_groups' | 'triggers'>): void {
    const { content } = change;
    const mine =
      change.channel === 'triggers'
        ? change.id === this.trigger?.id
        : 'trigger' in content && content.trigger === this.trigger?.ref;
    if (mine && change.activity !== 'cell' && change.activity !== 'progress') {
      this.refreshSoon();
    }
  }

  /** Without a span that somebody chose: the longest of which the squares can be looked at. */
  private async _loadTicks(): Promise<void> {
    for (const span of this.span ? [this.span] : SPANS) {
      const isLast = this.span !== null || span === SPANS[SPANS.length - 1];
      try {
        const found = await listTicks(this._client, this.key, span);
        if (found.items.length <= MOST || isLast) {
          this.ticks = found.items;
          this.timezone = found.timezone;
          this.span = span;
          return;
        }
      } catch (error) {
        // More than the server lists at once: a shorter one is tried.
        if (isLast || !messageOf(error).includes('ticks in this range')) {
          throw error;
        }
      }
    }
  }

  private async _look(): Promise<void> {
    const body = this._body();
    const turn = ++this._turn;
    this.plan = null;
    this.problem = '';
    this.redraw();
    if (!body) {
      return;
    }
    try {
      const plan = await planBackfill(this._client, this.key, body);
      if (turn === this._turn) {
        this.plan = plan;
      }
    } catch (error) {
      if (turn === this._turn) {
        this.problem = messageOf(error);
      }
    }
    this.redraw();
  }

  private _body(): IBackfillBody | null {
    if (!this.chosen) {
      return null;
    }
    const [since, until] = [this.chosen.first, this.chosen.last].sort();
    const { which, order, at_once } = this.wish;
    return { since, until, which: which === 'usual' ? [] : [which], order, at_once };
  }

  private _turn = 0;
}
