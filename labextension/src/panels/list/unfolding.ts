/** A list of which one item is unfolded, with more of it than the list itself has. */
import { Channel } from '../../api/change-types';
import { ListModel } from './model';

export abstract class UnfoldingModel<
  T extends { id: string },
  F extends object,
  C extends Channel
> extends ListModel<T, F, C> {
  /** The unfolded item with all that there is of it; null where none is, or until it is fetched. */
  get detail(): T | null {
    return this._detail;
  }

  isOpen({ id }: T): boolean {
    return this.opened === id;
  }

  /** Unfold an item, or fold it. */
  async toggle(item: T): Promise<void> {
    this.opened = this.isOpen(item) ? null : item.id;
    this._detail = null;
    this.onToggle();
    this.redraw();
    await this.loadDetail();
    this.redraw();
  }

  /** Called when another item is unfolded, or none. */
  protected onToggle(): void {
    // Nothing is kept of the one before.
  }

  /** All that there is of what `opened` says; null where there is no such item. */
  protected abstract fetchDetail(opened: string): Promise<T | null>;

  protected async loadDetail(): Promise<void> {
    const { opened } = this;
    const detail = opened === null ? null : await this.fetchDetail(opened);
    if (opened === this.opened) {
      this._detail = detail;
    }
  }

  /** Show at once what was changed of an item, also where it is unfolded. */
  protected async refreshOne(id: string): Promise<void> {
    if (this.opened === id) {
      await this.loadDetail();
    }
    await this.refresh();
  }

  /** An item that was asked for by its id is shown, also where the first page does not reach it. */
  protected showOpened(): void {
    const { detail } = this;
    if (detail && !this.filtered && !this.items.some(item => item.id === detail.id)) {
      this.show([detail, ...this.items]);
    }
  }

  /** Id of the unfolded item, or another name that its model knows it by; null where none is. */
  protected opened: string | null = null;
  private _detail: T | null = null;
}
