/** Which values of an event fit a notebook's parameters: those of the same name, however it is written. */
import { IParameterField } from '../api/projects';
import { member } from './cel';

/** Levels and members of an event that are looked through. */
const DEEPEST = 4;
const MOST = 2000;

type Found = Map<string, { path: string; value: unknown }[]>;

/** A CEL expression for each parameter that has one value of its name and type in `data`; nearer ones go first. */
export function proposedMapping(
  fields: readonly IParameterField[],
  data: unknown
): Record<string, string> {
  const found: Found = new Map();
  const root = data as { json?: unknown; query?: unknown; body?: { form?: unknown } } | null;
  collect(found, root?.json, 'data.json');
  if (root?.json === null || root?.json === undefined) {
    collect(found, root?.body?.form, 'data.body.form');
  }
  collect(found, root?.query, 'data.query');
  const proposed = fields.flatMap(field => {
    const fitting = (found.get(plain(field.name)) ?? []).filter(({ value }) => fits(field, value));
    return fitting.length > 0 ? [[field.name, fitting[0].path] as const] : [];
  });
  return Object.fromEntries(proposed);
}

/** Fill `found`, level by level. */
function collect(found: Found, value: unknown, path: string): void {
  let level: [string, unknown][] = [[path, value]];
  let seen = 0;
  for (let depth = 0; depth < DEEPEST && seen < MOST; depth++) {
    const below: [string, unknown][] = [];
    for (const [at, one] of level) {
      if (typeof one !== 'object' || one === null || Array.isArray(one)) {
        continue;
      }
      for (const [key, item] of Object.entries(one)) {
        seen += 1;
        const name = plain(key);
        const here = member(at, key);
        found.set(name, [...(found.get(name) ?? []), { path: here, value: item }]);
        below.push([here, item]);
      }
    }
    level = below;
  }
}

/** "orderId", "order_id" and "Order-ID" are the same name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function fits(field: IParameterField, value: unknown): boolean {
  switch (field.type) {
    case 'integer':
      return typeof value === 'bigint' || Number.isInteger(value);
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string';
    default:
      return true;
  }
}
