/** The list of requests, the open one with what it led to, and the statistics of a day. */
import {
  IApiLog,
  IApiSummary,
  deleteApiLog,
  getApiLog,
  getApiSummary,
  listApiLogs
} from '../../api/api-logs';
import { Channel } from '../../api/change-types';
import { IChangeFeed } from '../../api/changes';
import { IClient, IPage } from '../../api/client';
import { IPaging } from '../list/model';
import { UnfoldingModel } from '../list/unfolding';

/** Requests of one page. */
const PAGE = 50;

export interface IApiLogFilter {
  path: string;
  method: string;
  status: '' | '2xx' | '3xx' | '4xx' | '5xx';
  route: string;
  correlation_id: string;
}

/** Requests are on no channel: each look at them is a request itself, so the list is loaded when somebody asks. */
export class ApiLogsModel extends UnfoldingModel<IApiLog, IApiLogFilter, Channel> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    filter: Partial<IApiLogFilter> = {}
  ) {
    super(feed, [], {
      none: { path: '', method: '', status: '', route: '', correlation_id: '' },
      filter,
      page: PAGE
    });
  }

  /** The statistics; null until they are there. */
  get summary(): IApiSummary | null {
    return this._summary;
  }

  remove({ id }: IApiLog): Promise<unknown> {
    return deleteApiLog(this._client, id);
  }

  protected override async load(): Promise<void> {
    const [summary] = await Promise.all([getApiSummary(this._client), super.load()]);
    this._summary = summary;
  }

  protected fetchDetail(opened: string): Promise<IApiLog> {
    return getApiLog(this._client, opened);
  }

  protected fetch({ limit, cursor, sort, order }: IPaging): Promise<IPage<IApiLog>> {
    return listApiLogs(this._client, { limit, cursor, sort, order, ...this.filter });
  }

  private _summary: IApiSummary | null = null;
}
