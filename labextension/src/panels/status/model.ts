/** How many sessions run, wait in the queue, and failed today. */
import { Client } from '../../api/client';
import { IChange, IChangeStream } from '../../api/stream';
import { IStatus } from '../../api/types';
import { LiveModel } from '../live';

export class StatusModel extends LiveModel {
  constructor(
    private readonly _client: Client,
    stream: IChangeStream
  ) {
    super(stream, ['sessions']);
  }

  get status(): IStatus | null {
    return this._status;
  }

  protected async load(): Promise<void> {
    this._status = await this._client.status();
  }

  protected override onChange(change: IChange): void {
    if (change.activity === 'created' || change.activity === 'updated') {
      this.refreshSoon();
    }
  }

  private _status: IStatus | null = null;
}
