/** Inquiries: their types, and the calls that read, answer, pass on and withdraw them. */
import { IClient, IPage } from './client';
import { Query } from './request';
import type { components } from './schema';

type Schemas = components['schemas'];

/** A JSON Schema, as far as a form is chosen by it. */
export interface ISchema {
  type?: string | string[];
  title?: string;
  description?: string;
  enum?: unknown[];
  enumNames?: string[];
  const?: unknown;
  oneOf?: ISchema[];
  properties?: Record<string, ISchema>;
  required?: string[];
  [keyword: string]: unknown;
}

/** What is done when nobody answers in time. */
export interface IOnTimeout {
  do?: 'reject' | 'value' | 'raise' | 'escalate';
  value?: unknown;
  to?: string[];
}

/** A change of a value that was proposed; what is missing before or after has no key. */
export interface IEdit {
  /** A JSON Pointer. */
  path: string;
  before?: unknown;
  after?: unknown;
}

export type IInquiry = Omit<Schemas['Inquiry'], 'schema' | 'on_timeout'> & {
  /** Null where it is approved or rejected. */
  schema: ISchema | null;
  on_timeout: IOnTimeout;
};
export type InquiryStatus = IInquiry['status'];
export type IStage = Schemas['InquiryStage'];
export type IStageAnswer = Schemas['InquiryAnswer'];
export type IShown = Schemas['Shown'];
export type IInquiryLogEntry = Schemas['InquiryEntry'];
export type IInquiryCounts = Schemas['InquiryCounts'];
export type IInquiryMetrics = Schemas['InquiryMetrics'];
export type IInquiryLink = Schemas['InquiryLink'];
export type IAbsence = Schemas['Absence'];
export type IAnswerBody = Schemas['InquiryAnswerBody'];

export function listInquiries(client: IClient, query: Query): Promise<IPage<IInquiry>> {
  return client.get('inquiries', query);
}

export function getInquiry(client: IClient, id: string): Promise<IInquiry> {
  return client.get(`inquiries/${id}`);
}

export function countInquiries(client: IClient): Promise<IInquiryCounts> {
  return client.get('inquiries/counts');
}

/** What waits, and how long people take; of one project where `project_id` is given. */
export function measureInquiries(client: IClient, query: Query): Promise<IInquiryMetrics> {
  return client.get('inquiries/metrics', query);
}

export async function listAbsences(client: IClient): Promise<readonly IAbsence[]> {
  return (await client.get<Schemas['AbsenceList']>('inquiries/absences')).items;
}

/** Let somebody answer for the user from now on; until a time (RFC 3339), or until it is taken back. */
export function beAway(
  client: IClient,
  substitute: string,
  until: string | null
): Promise<IAbsence> {
  return client.send('PUT', 'inquiries/absences/me', { substitute, until });
}

export function beBack(client: IClient): Promise<void> {
  return client.send('DELETE', 'inquiries/absences/me');
}

/** Make a link by which the user answers once without signing in; its address is told only now. */
export function makeLink(client: IClient, id: string): Promise<IInquiryLink> {
  return client.send('POST', `inquiries/${id}/links`);
}

export async function listInquiryLog(
  client: IClient,
  id: string
): Promise<readonly IInquiryLogEntry[]> {
  return (await client.get<IPage<IInquiryLogEntry>>(`inquiries/${id}/log`)).items;
}

export function answerInquiry(client: IClient, id: string, body: IAnswerBody): Promise<IInquiry> {
  return client.send('POST', `inquiries/${id}/answers`, body);
}

/** Let somebody else answer in one's place. */
export function delegateInquiry(
  client: IClient,
  id: string,
  to: string,
  comment: string
): Promise<IInquiry> {
  return client.send('POST', `inquiries/${id}/delegation`, { to, comment });
}

/** Send it back with a question: to a person, or where none is named, to the code that asks. */
export function sendBack(
  client: IClient,
  id: string,
  question: string,
  to: string
): Promise<IInquiry> {
  return client.send('POST', `inquiries/${id}/question`, { question, ...(to ? { to } : {}) });
}

/** Say something to an inquiry, without answering it. */
export function replyToInquiry(client: IClient, id: string, comment: string): Promise<IInquiry> {
  return client.send('POST', `inquiries/${id}/replies`, { comment });
}

export function withdrawInquiry(client: IClient, id: string, reason: string): Promise<IInquiry> {
  return client.send('POST', `inquiries/${id}/withdrawal`, { reason });
}

/** Give several inquiries with equal forms one answer; those that were refused, with why. */
export async function answerTogether(
  client: IClient,
  ids: readonly string[],
  { decision, value, comment }: IAnswerBody
): Promise<{ id: string; message: string }[]> {
  const { items } = await client.send<Schemas['InquiryAnsweredList']>('POST', 'inquiries/answers', {
    ids,
    comment,
    ...(decision ? { decision } : { value })
  });
  return items.flatMap(({ id, problem }) =>
    problem ? [{ id, message: problem.detail ?? problem.title }] : []
  );
}
