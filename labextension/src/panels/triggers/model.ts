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
import { IPaging } from '../list/model';
import { UnfoldingModel } from '../list/unfolding';

/** Triggers of one page. */
const PAGE = 50;

export interface ITriggerFilter {
  q: string;
  tag: string;
  type: TriggerType | '';
  enabled: '' | 'true' | 'false';
}

export class TriggersModel extends UnfoldingModel<
  ITrigger,
  ITriggerFilter,
  'triggers' | 'sessions'
> {
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
    this.opened = opened;
  }

  override isOpen({ id, ref }: ITrigger): boolean {
    return this.opened === id || this.opened === ref;
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
    await this.loadDetail();
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

  /** With what the list leaves out, such as its next fires. */
  protected async fetchDetail(): Promise<ITrigger | null> {
    const open = this.items.find(item => this.isOpen(item));
    return open ? getTrigger(this._client, open.id) : null;
  }

  private _replace(trigger: ITrigger): void {
    this.show(this.items.map(item => (item.id === trigger.id ? trigger : item)));
    this.redraw();
  }
}
