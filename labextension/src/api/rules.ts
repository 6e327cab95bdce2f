/** Rules of triggers: what a trigger runs beside its own call. */
import { IClient } from './client';
import type { components } from './schema';
import { ITrigger } from './triggers';

type Schemas = components['schemas'];

export type IRule = Schemas['Rule'];
export type ICollecting = Schemas['Collecting'];
export type IRuleBody = Schemas['RuleBody'];

function at(trigger: string, name: string): string {
  return `triggers/${trigger}/rules/${encodeURIComponent(name)}`;
}

/** Give a trigger this rule, or make the one of this name what `body` says. */
export function putRule(
  client: IClient,
  trigger: string,
  name: string,
  body: IRuleBody
): Promise<ITrigger> {
  return client.send('PUT', at(trigger, name), body);
}

export function changeRule(
  client: IClient,
  trigger: string,
  name: string,
  body: IRuleBody
): Promise<ITrigger> {
  return client.send('PATCH', at(trigger, name), body);
}

export function deleteRule(client: IClient, trigger: string, name: string): Promise<ITrigger> {
  return client.send('DELETE', at(trigger, name));
}
