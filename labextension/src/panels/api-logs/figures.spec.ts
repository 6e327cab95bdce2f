import { figures } from '../../testing/api-logs';
import { errorShare, milliseconds, ordered, scaleTop } from './figures';

describe('numbers of requests', () => {
  it.each([
    [null, '–'],
    [0.84, '0.8 ms'],
    [12.4, '12 ms'],
    [1432, '1.4 s']
  ])('says %p ms as %p', (ms, text) => {
    expect(milliseconds(ms)).toBe(text);
  });

  it.each([
    [{}, '–'],
    [{ requests: 100 }, '0 %'],
    [{ requests: 1000, client_errors: 3, server_errors: 1 }, '0.4 %'],
    [{ requests: 4, server_errors: 1 }, '25 %']
  ])('says the share of errors of %p as %p', (fields, text) => {
    expect(errorShare(figures(fields))).toBe(text);
  });

  it('puts those routes first that are looked for', () => {
    const routes = [
      { method: 'GET', route: 'a', ...figures({ requests: 9, p95_ms: 5, client_errors: 8 }) },
      { method: 'GET', route: 'b', ...figures({ requests: 1, p95_ms: 50, server_errors: 1 }) },
      { method: 'GET', route: 'c', ...figures({ requests: 5, p95_ms: 1 }) }
    ];
    const names = (order: 'slowest' | 'failing' | 'busiest'): string =>
      ordered(routes, order, 2)
        .map(({ route }) => route)
        .join('');
    expect([names('slowest'), names('failing'), names('busiest')]).toEqual(['ba', 'ba', 'ac']);
    expect(ordered([routes[2]], 'failing', 2)).toEqual([]);
  });

  it.each([
    [0, 1],
    [1, 1],
    [3, 5],
    [11, 20],
    [0.3, 0.5],
    [99, 100]
  ])('ends a scale for %p at %p', (value, top) => {
    expect(scaleTop(value)).toBeCloseTo(top);
  });
});
