/** What the models of the list pages share: a filter, pages by key, a selection, and actions on all that is selected. */
import { Channel } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IPage, ISort } from '../../api/client';
import { messageOf } from '../../api/request';
import { LiveModel } from '../live';

/** Most items that the server returns in one page. */
const LARGEST_PAGE = 200;

/** How every list is sorted at first. */
const NEWEST_FIRST: ISort = { column: 'created', order: 'desc' };

/** Which page to fetch; the filter is the model's own. */
export interface IPaging {
  limit: number;
  cursor: string | null;
  sort: string;
  order: 'asc' | 'desc';
}

/** How far an action on many items is. */
export interface IBulk {
  label: string;
  done: number;
  total: number;
  /** Whether it has pauses, and can be cancelled. */
  paced?: true;
}

/** An item that an action on many failed for. */
export interface IFailure {
  id: string;
  message: string;
}

export abstract class ListModel<
  T extends { id: string },
  F extends object,
  C extends Channel
> extends LiveModel<C> {
  constructor(
    feed: IChangeFeed,
    channels: readonly C[],
    protected readonly settings: { none: F; filter: Partial<F>; page: number }
  ) {
    super(feed, channels);
    this._filter = { ...settings.none, ...settings.filter };
    this._count = settings.page;
  }

  get items(): readonly T[] {
    return this._items;
  }

  get filter(): F {
    return this._filter;
  }

  /** Whether the filter hides anything. */
  get filtered(): boolean {
    return Object.values(this._filter).some(Boolean);
  }

  get sort(): ISort {
    return this._sort;
  }

  get more(): boolean {
    return this._cursor !== null;
  }

  get loadingMore(): boolean {
    return this._loadingMore;
  }

  /** What is selected among what is shown. */
  get selected(): readonly T[] {
    return this._items.filter(item => this._selected.has(item.id));
  }

  /** The action on many that is running; null where none is. */
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
    return this._begin();
  }

  /** Sort by a column, `first` saying which way; once more the other way, and then as at first. */
  sortBy(first: ISort): Promise<void> {
    const { column, order } = this._sort;
    if (column !== first.column) {
      this._sort = first;
    } else {
      const other = order === 'asc' ? 'desc' : 'asc';
      this._sort = order === first.order ? { column, order: other } : NEWEST_FIRST;
    }
    return this._begin();
  }

  async loadMore(): Promise<void> {
    this._loadingMore = true;
    this._count += this.settings.page;
    await this.refresh();
    this._loadingMore = false;
    this.redraw();
  }

  /** Everything that the filter finds, also what is not shown yet. */
  async everything(): Promise<readonly T[]> {
    return (await this.fetchAll(LARGEST_PAGE, Infinity)).items;
  }

  /**
   * Apply `action` to one item after the other; items that fail stay selected, and their error messages are returned.
   *
   * With a `pause` (milliseconds from the beginning of one to that of the next) it can be cancelled: what has not been
   * done then stays selected too.
   */
  async each(
    label: string,
    items: readonly T[],
    action: (item: T) => Promise<unknown>,
    pause = 0
  ): Promise<string[]> {
    const failures: string[] = [];
    this._selected.clear();
    this._cancelled = false;
    let due = Promise.resolve();
    for (const [done, item] of items.entries()) {
      this._bulk = {
        label,
        done,
        total: items.length,
        ...(pause > 0 ? { paced: true } : {})
      };
      this.redraw();
      await due;
      if (this._cancelled) {
        items.slice(done).forEach(({ id }) => this._selected.add(id));
        break;
      }
      due = pause > 0 && done < items.length - 1 ? this._pause(pause) : due;
      try {
        await action(item);
      } catch (error) {
        this._selected.add(item.id);
        failures.push(messageOf(error));
      }
    }
    this._bulk = null;
    await this.refresh();
    return failures;
  }

  /** End an action on many that has pauses; what it is doing is done first. */
  cancelBulk(): void {
    this._cancelled = true;
    this._goOn?.();
  }

  /** Apply `action` to all items at once; as `each`, items that fail stay selected. */
  async together(
    label: string,
    items: readonly T[],
    action: (items: readonly T[]) => Promise<readonly IFailure[]>
  ): Promise<string[]> {
    this._bulk = { label, done: 0, total: items.length };
    this.redraw();
    try {
      const failures = await action(items);
      this._selected.clear();
      failures.forEach(({ id }) => this._selected.add(id));
      return failures.map(({ message }) => message);
    } catch (error) {
      return items.map(() => messageOf(error));
    } finally {
      this._bulk = null;
      await this.refresh();
    }
  }

  /** One page of what the filter finds. */
  protected abstract fetch(paging: IPaging): Promise<IPage<T>>;

  /** What stands for one filter and order: an answer to another one is not shown. */
  protected get asked(): object {
    return this._asked;
  }

  protected fetchPage(limit: number, cursor: string | null): Promise<IPage<T>> {
    const { column, order } = this._sort;
    return this.fetch({ limit, cursor, sort: column, order });
  }

  /** Fetch pages of `limit` items until there are `count`, or no more. */
  protected async fetchAll(limit: number, count: number): Promise<IPage<T>> {
    const items: T[] = [];
    let cursor: string | null = null;
    do {
      const page: IPage<T> = await this.fetchPage(limit, cursor);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor && items.length < count);
    return { items, next_cursor: cursor };
  }

  protected async load(): Promise<void> {
    const asked = this._asked;
    const page = await this.fetchAll(this.settings.page, this._count);
    if (asked === this._asked) {
      this.show(page.items, page.next_cursor);
    }
  }

  protected show(items: readonly T[], cursor: string | null = this._cursor): void {
    this._items = items;
    this._cursor = cursor;
  }

  override dispose(): void {
    super.dispose();
    // Nobody would see what it does, nor could cancel it.
    this.cancelBulk();
  }

  private _pause(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = window.setTimeout(resolve, milliseconds);
      this._goOn = () => {
        window.clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Load the first page of what is asked for now. */
  private _begin(): Promise<void> {
    this._asked = {};
    this._count = this.settings.page;
    this._selected.clear();
    return this.refresh();
  }

  protected _cursor: string | null = null;
  protected _loadingMore = false;
  private _filter: F;
  private _sort = NEWEST_FIRST;
  private _asked = {};
  private _items: readonly T[] = [];
  private _count: number;
  private _bulk: IBulk | null = null;
  private _cancelled = false;
  /** Ends the pause of an action on many. */
  private _goOn: (() => void) | null = null;
  private readonly _selected = new Set<string>();
}
