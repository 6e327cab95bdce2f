/** The list of inquiries: what waits for the user, what waits at all, and what has ended. */
import { IChangeFeed } from '../../api/changes';
import { IClient, IPage } from '../../api/client';
import {
  IAbsence,
  IAnswerBody,
  IInquiry,
  IInquiryCounts,
  IInquiryMetrics,
  answerTogether,
  beAway,
  beBack,
  countInquiries,
  listAbsences,
  listInquiries,
  measureInquiries,
  withdrawInquiry
} from '../../api/inquiries';
import { IProject, listProjects } from '../../api/projects';
import { Query } from '../../api/request';
import { IFailure, IPaging, ListModel } from '../list/model';

/** Inquiries of one page. */
const PAGE = 50;
/** Most inquiries that the server answers at once. */
const AT_ONCE = 100;

/** '' is what waits for the user. */
export type InquiryView = '' | 'pending' | 'ended' | 'all';

export interface IInquiryFilter {
  view: InquiryView;
  /** A login, or ''; where the view is what waits for the user, it is not asked for. */
  person: string;
  /** A project's id, or ''. */
  project: string;
  /** How old they are at least, in hours; 0 for any age. */
  hours: number;
}

export const NO_FILTER: IInquiryFilter = { view: '', person: '', project: '', hours: 0 };

const STATUSES: Record<InquiryView, string> = {
  '': 'pending',
  pending: 'pending',
  ended: 'responded,timeout,cancelled',
  all: ''
};

/** What the server is asked for. */
export function queryOf({ view, person, project, hours }: IInquiryFilter): Query {
  return {
    status: STATUSES[view],
    assigned_to: view === '' ? 'me' : person,
    project_id: project,
    older_than: hours ? hours * 3600 : null
  };
}

export class InquiriesModel extends ListModel<IInquiry, IInquiryFilter, 'inquiries'> {
  constructor(
    private readonly _client: IClient,
    feed: IChangeFeed,
    filter: Partial<IInquiryFilter> = {}
  ) {
    super(feed, ['inquiries'], { none: NO_FILTER, filter, page: PAGE });
  }

  /** How many wait; null until they are counted. */
  get counts(): IInquiryCounts | null {
    return this._counts;
  }

  /** What waits in the chosen project, and how long people take; null until it is measured. */
  get metrics(): IInquiryMetrics | null {
    return this._metrics;
  }

  get absences(): readonly IAbsence[] {
    return this._absences;
  }

  get projects(): readonly IProject[] {
    return this._projects;
  }

  override setFilter(patch: Partial<IInquiryFilter>): Promise<void> {
    this.show([], null);
    return super.setFilter(patch);
  }

  /** Give all of them one answer; those that were refused, with why. */
  async answer(inquiries: readonly IInquiry[], body: IAnswerBody): Promise<IFailure[]> {
    const failures: IFailure[] = [];
    for (let start = 0; start < inquiries.length; start += AT_ONCE) {
      const ids = inquiries.slice(start, start + AT_ONCE).map(({ id }) => id);
      failures.push(...(await answerTogether(this._client, ids, body)));
    }
    return failures;
  }

  withdraw(id: string): Promise<IInquiry> {
    return withdrawInquiry(this._client, id, '');
  }

  /** Let somebody answer for the user from now on; `until` is RFC 3339, null: until they are back. */
  async beAway(substitute: string, until: string | null): Promise<void> {
    await beAway(this._client, substitute, until);
    await this.refresh();
  }

  async beBack(): Promise<void> {
    await beBack(this._client);
    await this.refresh();
  }

  protected override async load(): Promise<void> {
    const { project } = this.filter;
    const [counts, metrics, absences, projects] = await Promise.all([
      countInquiries(this._client),
      measureInquiries(this._client, { project_id: project || null }),
      listAbsences(this._client),
      listProjects(this._client),
      super.load()
    ]);
    this._counts = counts;
    this._metrics = metrics;
    this._absences = absences;
    this._projects = projects;
  }

  protected fetch({ limit, cursor }: IPaging): Promise<IPage<IInquiry>> {
    return listInquiries(this._client, { ...queryOf(this.filter), limit, cursor });
  }

  private _counts: IInquiryCounts | null = null;
  private _metrics: IInquiryMetrics | null = null;
  private _absences: readonly IAbsence[] = [];
  private _projects: readonly IProject[] = [];
}
