/** The list of events: filtered, paged by key, kept up to date; and the open one with what its rules made of it. */
import { IChangeFeed } from '../../api/changes';
import { IClient, IPage } from '../../api/client';
import { EventSource, IEvent, IReceipt, getEvent, listEvents, replayEvent } from '../../api/events';
import { bookmarkEvent } from '../../api/inbox';
import { listTriggerRefs } from '../../api/triggers';
import { IPaging } from '../list/model';
import { UnfoldingModel } from '../list/unfolding';

/** Events of one page. */
const PAGE = 50;

export interface IEventFilter {
  /** `project/name` of a trigger, or ''. */
  trigger: string;
  source: EventSource | '';
  /** Those that made sessions, those that made none, or all. */
  ran: '' | 'true' | 'false';
}

export class EventsModel extends UnfoldingModel<IEvent, IEventFilter, 'events'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    filter: Partial<IEventFilter> = {},
    /** Id of the event that is open at first. */
    opened: string | null = null
  ) {
    super(feed, ['events'], { none: { trigger: '', source: '', ran: '' }, filter, page: PAGE });
    this.opened = opened;
  }

  /** References of the triggers that the filter offers. */
  get triggers(): readonly string[] {
    return this._triggers;
  }

  async bookmark({ id }: IEvent, kept: boolean): Promise<void> {
    await bookmarkEvent(this._client, id, kept);
    await this.refreshOne(id);
  }

  replay(id: string): Promise<IReceipt> {
    return replayEvent(this._client, id);
  }

  protected override async load(): Promise<void> {
    const [triggers] = await Promise.all([
      listTriggerRefs(this._client),
      super.load(),
      // Nothing of it changes any more.
      this.detail?.id === this.opened ? null : this.loadDetail()
    ]);
    this._triggers = triggers;
    this.showOpened();
  }

  protected fetch(paging: IPaging): Promise<IPage<IEvent>> {
    return listEvents(this._client, { ...paging, ...this.filter });
  }

  protected fetchDetail(id: string): Promise<IEvent> {
    return getEvent(this._client, id);
  }

  private _triggers: readonly string[] = [];
}
