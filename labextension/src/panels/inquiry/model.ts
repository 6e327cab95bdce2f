/** One inquiry: what is asked, shown and answered, kept up to date. */
import { IChangeOn } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient } from '../../api/client';
import {
  IAnswerBody,
  IInquiry,
  IInquiryLink,
  IInquiryLogEntry,
  answerInquiry,
  delegateInquiry,
  getInquiry,
  listInquiries,
  listInquiryLog,
  makeLink,
  replyToInquiry,
  sendBack,
  withdrawInquiry
} from '../../api/inquiries';
import { INotebookSoFar, getNotebookSoFar } from '../../api/inquiry-shown';
import { ApiError, messageOf } from '../../api/request';
import { LiveModel } from '../live';

export class InquiryModel extends LiveModel<'inquiries'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    readonly id: string
  ) {
    super(feed, ['inquiries']);
  }

  get inquiry(): IInquiry | null {
    return this._inquiry;
  }

  /** What happened to it, the first thing first. */
  get log(): readonly IInquiryLogEntry[] {
    return this._log;
  }

  /** The notebook as it was when it asked; null where there is none to see. */
  get notebook(): INotebookSoFar | null {
    return this._notebook;
  }

  /** Why the notebook cannot be shown, as a message; null where it can, or there is none. */
  get notebookError(): string | null {
    return this._notebookError;
  }

  /** The next inquiry that waits for the user, after this one has been answered. */
  get next(): IInquiry | null {
    return this._next;
  }

  /** Answer what is shown: the server refuses where it has changed since. */
  async answer(body: IAnswerBody): Promise<void> {
    await this._change(answerInquiry(this._client, this.id, this._versioned(body)));
    await this._findNext();
  }

  async delegate(to: string, comment: string): Promise<void> {
    await this._change(delegateInquiry(this._client, this.id, to, comment));
  }

  /** Ask something first: a person, or where `to` is empty, the code. */
  async sendBack(question: string, to: string): Promise<void> {
    await this._change(sendBack(this._client, this.id, question, to));
  }

  async reply(comment: string): Promise<void> {
    await this._change(replyToInquiry(this._client, this.id, comment));
  }

  /** A link by which the user answers without signing in. */
  async makeLink(): Promise<IInquiryLink> {
    const link = await makeLink(this._client, this.id);
    await this.refresh();
    return link;
  }

  async withdraw(reason: string): Promise<void> {
    await this._change(withdrawInquiry(this._client, this.id, reason));
  }

  protected async load(): Promise<void> {
    const [inquiry, log] = await Promise.all([
      getInquiry(this._client, this.id),
      listInquiryLog(this._client, this.id),
      this._loadNotebook()
    ]);
    this._inquiry = inquiry;
    this._log = log;
  }

  protected override onChange(change: IChangeOn<'inquiries'>): void {
    if (change.id === this.id) {
      this.refreshSoon();
    } else if (change.id === this._next?.id) {
      void this._findNext();
    }
  }

  private _versioned(body: IAnswerBody): IAnswerBody {
    return this._inquiry ? { ...body, version: this._inquiry.version } : body;
  }

  /** Show what a change made of it; one that came too late shows what happened instead. */
  private async _change(change: Promise<IInquiry>): Promise<void> {
    try {
      this._inquiry = await change;
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) {
        await this.refresh();
      }
      throw error;
    }
    this.redraw();
    await this.refresh();
  }

  /** What was bound to an inquiry never changes: it is fetched once. */
  private async _loadNotebook(): Promise<void> {
    if (this._notebook || this._hasNone) {
      return;
    }
    try {
      this._notebook = await getNotebookSoFar(this._client, this.id);
      this._notebookError = null;
    } catch (error) {
      this._hasNone = error instanceof ApiError && error.status === 404;
      this._notebookError = this._hasNone ? null : messageOf(error);
    }
  }

  private async _findNext(): Promise<void> {
    const { items } = await listInquiries(this._client, {
      status: 'pending',
      assigned_to: 'me',
      limit: 2
    });
    this._next = items.find(({ id }) => id !== this.id) ?? null;
    this.redraw();
  }

  private _inquiry: IInquiry | null = null;
  private _log: readonly IInquiryLogEntry[] = [];
  private _notebook: INotebookSoFar | null = null;
  private _notebookError: string | null = null;
  private _hasNone = false;
  private _next: IInquiry | null = null;
}
