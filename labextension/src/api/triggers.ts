/** Triggers: their types, and the calls that read, change and fire them. */
import { IClient, IPage } from './client';
import { Query } from './request';
import type { components } from './schema';

type Schemas = components['schemas'];

export type ITrigger = Schemas['Trigger'];
export type TriggerType = ITrigger['type'];
export type ISchedule = Schemas['Schedule'];
/** One of a trigger's last sessions. */
export type IRecent = Schemas['Recent'];
/** The settable part of a trigger, and where it lives. */
export type ITriggerBody = Schemas['TriggerBody'];
export type IScheduleBody = Schemas['ScheduleBody'];
export type IRetryPolicyBody = Schemas['RetryPolicyBody'];
export type ISignature = Schemas['Signature'];
/** Who signs, or in which way. */
export type Preset = ISignature['preset'];
export type IFired = Schemas['Receipt'];

/** Most items that the server returns in one page. */
const LARGEST_PAGE = 200;

/** What its own rule runs, as its sessions name it: a file, or an API as "GET https://…"; null where it runs nothing. */
export function callText(trigger: ITrigger): string | null {
  const { api_call: api } = trigger;
  return api ? `${api.method} ${api.url.split(/[?#]/)[0].slice(0, 300)}` : trigger.call;
}

export function listTriggers(client: IClient, query: Query): Promise<IPage<ITrigger>> {
  return client.get('triggers', query);
}

/** References (`project/name`) of the triggers that a filter offers, sorted. */
export async function listTriggerRefs(client: IClient): Promise<readonly string[]> {
  const page = await listTriggers(client, { limit: LARGEST_PAGE });
  return page.items.map(trigger => trigger.ref).sort();
}

export function getTrigger(client: IClient, id: string): Promise<ITrigger> {
  return client.get(`triggers/${id}`);
}

export function createTrigger(client: IClient, body: ITriggerBody): Promise<ITrigger> {
  return client.send('POST', 'triggers', body);
}

export function updateTrigger(client: IClient, id: string, body: ITriggerBody): Promise<ITrigger> {
  return client.send('PATCH', `triggers/${id}`, body);
}

export function deleteTrigger(client: IClient, id: string): Promise<null> {
  return client.send('DELETE', `triggers/${id}`);
}

/** The trigger as it would be stored, with its next fires and warnings. */
export function previewTrigger(
  client: IClient,
  body: ITriggerBody,
  signal: AbortSignal
): Promise<ITrigger> {
  return client.send('POST', 'triggers/preview', body, signal);
}

export function fireTrigger(
  client: IClient,
  id: string,
  body: Schemas['FireBody']
): Promise<IFired> {
  return client.send('POST', `triggers/${id}/fire`, body);
}
