/** The list of triggers: filtered, sorted, kept up to date, and what can be done with one. */
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient, IPage } from '../../api/client';
import {
  ITrigger,
  TriggerType,
  deleteTrigger,
  getTrigger,
  listTriggers,
  updateTrigger
} from '../../api/triggers';
import { IPaging, ListModel } from '../list/model';

/** Triggers of one page. */
const PAGE = 50;

export interface ITriggerFilter {
  q: string;
  tag: string;
  type: TriggerType | '';
  enabled: '' | 'true' | 'false';
}

export class TriggersModel extends ListModel<ITrigger, ITriggerFilter, 'triggers' | 'sessions'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    /** Id or `project/name` of the trigger that is open at first. */
    opened: string | null = null
  ) {
    super(feed, ['triggers', 'sessions'], {
      none: { q: '', tag: '', type: '', enabled: '' },
      filter: {},
      page: PAGE
    });
    this._opened = opened;
  }

  /** The open trigger with what the list leaves out (its next fires); null where none is open. */
  get detail(): ITrigger | null {
    return this._detail;
  }

  isOpen(trigger: ITrigger): boolean {
    return this._opened === trigger.id || this._opened === trigger.ref;
  }

  /** Open a trigger's details, or close them. */
  async toggle(trigger: ITrigger): Promise<void> {
    this._opened = this.isOpen(trigger) ? null : trigger.id;
    this._detail = null;
    this.redraw();
    await this._loadDetail();
    this.redraw();
  }

  /** Show the switch at once; the server's answer replaces it, also when it refuses. */
  async enable(trigger: ITrigger, enabled: boolean): Promise<void> {
    this._replace({ ...trigger, enabled });
    try {
      this._replace(await updateTrigger(this._client, trigger.id, { enabled }));
    } catch (error) {
      this._replace(trigger);
      throw error;
    }
  }

  async remove(trigger: ITrigger): Promise<void> {
    await deleteTrigger(this._client, trigger.id);
    this.show(this.items.filter(item => item.id !== trigger.id));
    this.redraw();
  }

  protected fetch(paging: IPaging): Promise<IPage<ITrigger>> {
    return listTriggers(this._client, { ...this.filter, ...paging });
  }

  protected override async load(): Promise<void> {
    await super.load();
    await this._loadDetail();
  }

  protected override onChange(change: IChangeOn<'triggers' | 'sessions'>): void {
    // A session changes what a trigger shows only when its status changes.
    if (
      change.channel === 'triggers' ||
      ['created', 'updated', 'deleted'].includes(change.activity)
    ) {
      this.refreshSoon();
    }
  }

  private async _loadDetail(): Promise<void> {
    const open = this.items.find(item => this.isOpen(item));
    if (!open) {
      this._detail = null;
      return;
    }
    const detail = await getTrigger(this._client, open.id);
    if (this.isOpen(detail)) {
      this._detail = detail;
    }
  }

  private _replace(trigger: ITrigger): void {
    this.show(this.items.map(item => (item.id === trigger.id ? trigger : item)));
    this.redraw();
  }

  private _detail: ITrigger | null = null;
  private _opened: string | null;
}
