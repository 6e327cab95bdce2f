/** The list of triggers: filtered, kept live, and what can be done with one. */
import { Client } from '../../api/client';
import { IChange, IChangeStream } from '../../api/stream';
import { IFired, ITrigger, TriggerType, Values } from '../../api/types';
import { LiveModel } from '../live';

/** Triggers of one page. */
const PAGE = 50;

export interface ITriggerFilter {
  q: string;
  type: TriggerType | '';
  enabled: '' | 'true' | 'false';
}

export class TriggersModel extends LiveModel {
  constructor(
    private readonly _client: Client,
    stream: IChangeStream,
    /** Id or `project/name` of the trigger that is open at first. */
    opened: string | null = null
  ) {
    super(stream, ['triggers', 'sessions']);
    this._opened = opened;
  }

  get items(): readonly ITrigger[] {
    return this._items;
  }

  get filter(): ITriggerFilter {
    return this._filter;
  }

  get filtered(): boolean {
    return Object.values(this._filter).some(Boolean);
  }

  get more(): boolean {
    return this._cursor !== null;
  }

  get loadingMore(): boolean {
    return this._loadingMore;
  }

  /** The open trigger with what only a single fetch tells (next fires); null where none is. */
  get detail(): ITrigger | null {
    return this._detail;
  }

  isOpen(trigger: ITrigger): boolean {
    return this._opened === trigger.id || this._opened === trigger.ref;
  }

  setFilter(patch: Partial<ITriggerFilter>): Promise<void> {
    this._filter = { ...this._filter, ...patch };
    this._count = PAGE;
    return this.refresh();
  }

  /** Open a trigger's details, or close them. */
  async toggle(trigger: ITrigger): Promise<void> {
    this._opened = this.isOpen(trigger) ? null : trigger.id;
    this._detail = null;
    this.redraw();
    await this._loadDetail();
    this.redraw();
  }

  async loadMore(): Promise<void> {
    this._loadingMore = true;
    this._count += PAGE;
    await this.refresh();
    this._loadingMore = false;
    this.redraw();
  }

  /** Switch at once; the server's word replaces ours, also when it refuses. */
  async enable(trigger: ITrigger, enabled: boolean): Promise<void> {
    this._replace({ ...trigger, enabled });
    try {
      this._replace(await this._client.triggers.update(trigger.id, { enabled }));
    } catch (error) {
      this._replace(trigger);
      throw error;
    }
  }

  async remove(trigger: ITrigger): Promise<void> {
    await this._client.triggers.remove(trigger.id);
    this._items = this._items.filter(item => item.id !== trigger.id);
    this.redraw();
  }

  fire(trigger: ITrigger, parameters: Values, data: unknown): Promise<IFired> {
    return this._client.triggers.fire(trigger.id, { parameters, data });
  }

  protected async load(): Promise<void> {
    const filter = this._filter;
    const items: ITrigger[] = [];
    let cursor: string | null = null;
    do {
      const page = await this._client.triggers.list({ ...filter, limit: PAGE, cursor });
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor && items.length < this._count);
    if (filter !== this._filter) {
      return;
    }
    this._items = items;
    this._cursor = cursor;
    await this._loadDetail();
  }

  protected override onChange(change: IChange): void {
    // A session changes what a trigger shows only when it begins or ends.
    if (
      change.channel === 'triggers' ||
      !['log', 'cell', 'progress', 'outcome'].includes(change.activity)
    ) {
      this.refreshSoon();
    }
  }

  private async _loadDetail(): Promise<void> {
    const open = this._items.find(item => this.isOpen(item));
    if (!open) {
      this._detail = null;
      return;
    }
    const detail = await this._client.triggers.get(open.id);
    if (this.isOpen(detail)) {
      this._detail = detail;
    }
  }

  private _replace(trigger: ITrigger): void {
    this._items = this._items.map(item => (item.id === trigger.id ? trigger : item));
    this.redraw();
  }

  private _items: readonly ITrigger[] = [];
  private _filter: ITriggerFilter = { q: '', type: '', enabled: '' };
  private _detail: ITrigger | null = null;
  private _opened: string | null;
  private _cursor: string | null = null;
  private _count = PAGE;
  private _loadingMore = false;
}
