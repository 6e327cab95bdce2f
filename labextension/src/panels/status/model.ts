/** How many sessions run, wait in the queue, and failed today. */
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import { IStatus, getStatus } from '../../api/status';
import { LiveModel } from '../live';

export class StatusModel extends LiveModel<'sessions'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed
  ) {
    super(feed, ['sessions']);
  }

  get status(): IStatus | null {
    return this._status;
  }

  protected async load(): Promise<void> {
    this._status = await getStatus(this._client);
  }

  protected override onChange(change: IChangeOn<'sessions'>): void {
    if (['created', 'updated', 'deleted'].includes(change.activity)) {
      this.refreshSoon();
    }
  }

  private _status: IStatus | null = null;
}
