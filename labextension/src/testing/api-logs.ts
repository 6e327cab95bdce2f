/** Requests and statistics as the server sends them, for tests. */
import { IApiLog, IApiSummary, IFigures } from '../api/api-logs';

export function aLog(id: string, fields: Partial<IApiLog> = {}): IApiLog {
  return {
    id,
    correlation_id: 'req_1',
    created_at: '2026-01-01T00:00:00Z',
    method: 'GET',
    route: '/api/v1/status',
    path: '/api/v1/status',
    query: null,
    status_code: 200,
    code: null,
    duration_ms: 2,
    user_id: 'ana',
    client: '127.0.0.1',
    event_id: null,
    request_headers: {},
    request_body: null,
    response_headers: {},
    response_body: null,
    ...fields
  };
}

export function figures(fields: Partial<IFigures> = {}): IFigures {
  return {
    requests: 0,
    client_errors: 0,
    server_errors: 0,
    average_ms: null,
    p50_ms: null,
    p95_ms: null,
    p99_ms: null,
    ...fields
  };
}

export function aSummary(fields: Partial<IApiSummary> = {}): IApiSummary {
  return {
    since: '2026-01-01T00:00:00Z',
    total: figures(),
    hours: [],
    routes: [],
    status_codes: {},
    dropped: 0,
    is_on: true,
    keeps_bodies: false,
    ...fields
  };
}
