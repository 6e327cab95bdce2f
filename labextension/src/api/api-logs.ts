/** The API log: requests with their answers, and what a day of them comes to. */
import { IClient, IPage } from './client';
import { Query } from './request';
import type { components } from './schema';

type Schemas = components['schemas'];

export type IApiLog = Schemas['ApiLog'];
export type IApiSummary = Schemas['ApiSummary'];
export type IFigures = Schemas['Figures'];
export type IHourFigures = Schemas['HourFigures'];
export type IRouteFigures = Schemas['RouteFigures'];

export function listApiLogs(client: IClient, query: Query): Promise<IPage<IApiLog>> {
  return client.get('api-logs', query);
}

/** One request, with the ids of what it led to. */
export function getApiLog(client: IClient, id: string): Promise<IApiLog> {
  return client.get(`api-logs/${id}`);
}

export function deleteApiLog(client: IClient, id: string): Promise<unknown> {
  return client.send('DELETE', `api-logs/${id}`);
}

/** The statistics of the last 24 hours. */
export function getApiSummary(client: IClient): Promise<IApiSummary> {
  return client.get('api-logs/stats/summary');
}
