/** The list of events: filtered, paged by key, kept up to date; and the open one with what its rules made of it. */
import { IChangeFeed } from '../../api/changes';
import { IClient, IPage } from '../../api/client';
import { EventSource, IEvent, IReceipt, getEvent, listEvents, replayEvent } from '../../api/events';
import { bookmarkEvent } from '../../api/inbox';
import { listTriggerRefs } from '../../api/triggers';
import { IPaging, ListModel } from '../list/model';

/** Events of one page. */
const PAGE = 50;

export interface IEventFilter {
  /** `project/name` of a trigger, or ''. */
  trigger: string;
  source: EventSource | '';
  /** Those that made sessions, those that made none, or all. */
  ran: '' | 'true' | 'false';
}

export class EventsModel extends ListModel<IEvent, IEventFilter, 'events'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    filter: Partial<IEventFilter> = {},
    /** Id of the event that is open at first. */
    private _opened: string | null = null
  ) {
    super(feed, ['events'], { none: { trigger: '', source: '', ran: '' }, filter, page: PAGE });
  }

  /** References of the triggers that the filter offers. */
  get triggers(): readonly string[] {
    return this._triggers;
  }

  /** The open event with its enforcements; null where none is open, or until it is fetched. */
  get detail(): IEvent | null {
    return this._detail;
  }

  isOpen(event: IEvent): boolean {
    return this._opened === event.id;
  }

  /** Open an event's details, or close them. */
  async toggle(event: IEvent): Promise<void> {
    this._opened = this.isOpen(event) ? null : event.id;
    this._detail = null;
    this.redraw();
    await this._loadDetail();
    this.redraw();
  }

  async bookmark({ id }: IEvent, kept: boolean): Promise<void> {
    await bookmarkEvent(this._client, id, kept);
    if (this._opened === id) {
      this._detail = await getEvent(this._client, id);
    }
    await this.refresh();
  }

  replay(id: string): Promise<IReceipt> {
    return replayEvent(this._client, id);
  }

  protected override async load(): Promise<void> {
    const [triggers] = await Promise.all([
      listTriggerRefs(this._client),
      super.load(),
      this._loadDetail()
    ]);
    this._triggers = triggers;
    this._showOpened();
  }

  protected fetch(paging: IPaging): Promise<IPage<IEvent>> {
    return listEvents(this._client, { ...paging, ...this.filter });
  }

  private async _loadDetail(): Promise<void> {
    const id = this._opened;
    if (id === null || this._detail?.id === id) {
      return;
    }
    const event = await getEvent(this._client, id);
    if (id === this._opened) {
      this._detail = event;
    }
  }

  /** An event that was asked for by its id is shown, also where the first page does not reach it. */
  private _showOpened(): void {
    const event = this._detail;
    if (event && !this.filtered && !this.items.some(item => item.id === event.id)) {
      this.show([event, ...this.items]);
    }
  }

  private _triggers: readonly string[] = [];
  private _detail: IEvent | null = null;
}
