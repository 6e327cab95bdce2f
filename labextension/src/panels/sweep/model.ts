/** One sweep and what came of its combinations, as it goes on. */
import { ISessionGroup, cancelGroup } from '../../api/backfills';
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import { ISweepResult, getGroup, listResults, retryGroup } from '../../api/sweeps';
import { LiveModel } from '../live';

export class SweepModel extends LiveModel<'sessions' | 'session_groups'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    readonly id: string
  ) {
    super(feed, ['sessions', 'session_groups']);
  }

  group: ISessionGroup | null = null;
  results: readonly ISweepResult[] = [];

  /** Whether something of it is over and has not completed. */
  get mayRetry(): boolean {
    return this.group !== null && ['failed', 'cancelled'].includes(this.group.state);
  }

  async cancel(running: 'finish' | 'stop'): Promise<void> {
    await cancelGroup(this._client, this.id, running);
    await this.refresh();
  }

  /** Run again what has not completed; return the new sweep. */
  retry(): Promise<ISessionGroup> {
    return retryGroup(this._client, this.id);
  }

  protected async load(): Promise<void> {
    const [group, results] = await Promise.all([
      getGroup(this._client, this.id),
      listResults(this._client, this.id)
    ]);
    this.group = group;
    this.results = results.items;
  }

  protected override onChange(change: IChangeOn<'sessions' | 'session_groups'>): void {
    const mine =
      change.channel === 'session_groups'
        ? change.id === this.id
        : change.activity === 'created' || this.results.some(one => one.session === change.id);
    if (mine && change.activity !== 'cell' && change.activity !== 'progress') {
      this.refreshSoon();
    }
  }
}
