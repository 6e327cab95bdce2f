/** What the models of the list pages share: a filter, pages by key, a selection, and doing a thing to all selected. */
import { Client } from '../../api/client';
import { sentence } from '../../api/request';
import { Channel, IChangeStream } from '../../api/stream';
import { IPage } from '../../api/types';
import { LiveModel } from '../live';

/** Most that the server gives in one page. */
const MOST = 200;

/** Which page to fetch; the filter is the model's own. */
export interface IPaging {
  limit: number;
  cursor: string | null;
}

/** How far a thing that is done to many is. */
export interface IBulk {
  label: string;
  done: number;
  total: number;
}

export abstract class ListModel<T extends { id: string }, F extends object> extends LiveModel {
  constructor(
    protected readonly client: Client,
    stream: IChangeStream,
    channels: readonly Channel[],
    protected readonly settings: { none: F; filter: Partial<F>; page: number }
  ) {
    super(stream, channels);
    this._filter = { ...settings.none, ...settings.filter };
    this._count = settings.page;
  }

  get items(): readonly T[] {
    return this._items;
  }

  get filter(): F {
    return this._filter;
  }

  /** Whether the filter keeps anything back. */
  get filtered(): boolean {
    return Object.values(this._filter).some(Boolean);
  }

  get more(): boolean {
    return this._cursor !== null;
  }

  get loadingMore(): boolean {
    return this._loadingMore;
  }

  /** What is selected, of what is shown. */
  get selected(): readonly T[] {
    return this._items.filter(item => this._selected.has(item.id));
  }

  /** What is being done to many; null at rest. */
  get bulk(): IBulk | null {
    return this._bulk;
  }

  isSelected(id: string): boolean {
    return this._selected.has(id);
  }

  select(ids: readonly string[], selected: boolean): void {
    for (const id of ids) {
      if (selected) {
        this._selected.add(id);
      } else {
        this._selected.delete(id);
      }
    }
    this.redraw();
  }

  setFilter(patch: Partial<F>): Promise<void> {
    this._filter = { ...this._filter, ...patch };
    this._count = this.settings.page;
    this._selected.clear();
    return this.refresh();
  }

  async loadMore(): Promise<void> {
    this._loadingMore = true;
    this._count += this.settings.page;
    await this.refresh();
    this._loadingMore = false;
    this.redraw();
  }

  /** Everything that the filter lets through, shown yet or not. */
  async everything(): Promise<readonly T[]> {
    return (await this.fetchAll(MOST, Infinity)).items;
  }

  /** Do it to one after the other; those that refused stay selected, and their sentences are returned. */
  async each(
    label: string,
    items: readonly T[],
    action: (item: T) => Promise<unknown>
  ): Promise<string[]> {
    const refused: string[] = [];
    this._selected.clear();
    for (const [done, item] of items.entries()) {
      this._bulk = { label, done, total: items.length };
      this.redraw();
      try {
        await action(item);
      } catch (error) {
        this._selected.add(item.id);
        refused.push(sentence(error));
      }
    }
    this._bulk = null;
    await this.refresh();
    return refused;
  }

  /** One page of what the filter lets through. */
  protected abstract fetch(paging: IPaging): Promise<IPage<T>>;

  /** How many are to be loaded at least, where there are as many. */
  protected get wanted(): number {
    return this._count;
  }

  /** Pages of `limit` until there are `count`, or no more. */
  protected async fetchAll(limit: number, count: number): Promise<IPage<T>> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const page: IPage<T> = await this.fetch({ limit, cursor });
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor && items.length < count);
    return { items, next_cursor: cursor };
  }

  protected async load(): Promise<void> {
    const filter = this._filter;
    const page = await this.fetchAll(this.settings.page, this.wanted);
    if (filter === this._filter) {
      this.show(page.items, page.next_cursor);
    }
  }

  protected show(items: readonly T[], cursor: string | null = this._cursor): void {
    this._items = items;
    this._cursor = cursor;
  }

  /** References of the triggers that a filter offers. */
  protected async triggerRefs(): Promise<readonly string[]> {
    const page = await this.client.triggers.list({ limit: MOST });
    return page.items.map(trigger => trigger.ref).sort();
  }

  protected _cursor: string | null = null;
  protected _loadingMore = false;
  private _filter: F;
  private _items: readonly T[] = [];
  private _count: number;
  private _bulk: IBulk | null = null;
  private readonly _selected = new Set<string>();
}
