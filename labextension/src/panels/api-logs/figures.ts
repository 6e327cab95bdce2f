/** Numbers of requests in words, and the places of their drawings. */
import { IFigures, IRouteFigures } from '../../api/api-logs';
import { duration } from '../../parts/times';

/** By what routes are sorted. */
export type Order = 'slowest' | 'failing' | 'busiest';

/** "0.8 ms", "12 ms", "1.4 s"; a dash where nothing was measured. */
export function milliseconds(ms: number | null): string {
  if (ms === null) {
    return '–';
  }
  return ms < 10 ? `${ms.toFixed(1)} ms` : duration(ms / 1000);
}

/** The share of requests that failed, as "0.4 %". */
export function errorShare({ requests, client_errors, server_errors }: IFigures): string {
  if (requests === 0) {
    return '–';
  }
  const share = (100 * (client_errors + server_errors)) / requests;
  return `${share > 0 && share < 10 ? share.toFixed(1) : Math.round(share)} %`;
}

/** Up to `most` routes, those first that are looked for; none that have not what is looked for. */
export function ordered(
  routes: readonly IRouteFigures[],
  order: Order,
  most: number
): readonly IRouteFigures[] {
  const by: Record<Order, (one: IRouteFigures) => number> = {
    slowest: one => one.p95_ms ?? 0,
    failing: one => one.server_errors * 1e9 + one.client_errors,
    busiest: one => one.requests
  };
  const value = by[order];
  return [...routes]
    .filter(one => value(one) > 0)
    .sort((a, b) => value(b) - value(a))
    .slice(0, most);
}

/** The smallest of 1, 2, 5, 10, 20 … that is not below `value`: the top of a scale. */
export function scaleTop(value: number): number {
  if (value <= 0) {
    return 1;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map(step => step * power).find(top => top >= value) ?? 10 * power;
}
