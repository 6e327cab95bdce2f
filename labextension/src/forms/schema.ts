/** Which form asks for a value of a JSON Schema, and what was changed of a proposed value. */
import { toJson } from '../api/json';
import { ISchema } from '../api/inquiries';

/** Most options that are buttons; more of them are chosen in a form. */
const BUTTONS = 8;

/** One option of an enum as a button. */
export interface IOption {
  label: string;
  value: unknown;
}

/** The options that are asked for by buttons; null where the schema needs another form. */
export function options(schema: ISchema): IOption[] | null {
  const found = enumerated(schema) ?? named(schema);
  return found && found.length > 0 && found.length <= BUTTONS ? found : null;
}

/** Whether two inquiries can be answered with one answer; null is the form that approves or rejects. */
export function sameForm(a: ISchema | null, b: ISchema | null): boolean {
  return sorted(a) === sorted(b);
}

/** What a form begins with: the proposed value, else the empty value of the schema's type. */
export function initial(schema: ISchema, proposed: unknown): unknown {
  if (proposed !== null && proposed !== undefined) {
    return proposed;
  }
  return (
    schema.default ?? (schema.type === 'object' ? {} : schema.type === 'array' ? [] : undefined)
  );
}

/** Whether JupyterLab's form can draw it; what it cannot is written as JSON. */
export function drawable(schema: ISchema, value: unknown): boolean {
  return hasFields(schema) && !hasLongInteger(value);
}

/** Whether there is a field for it, and for all that is in it. */
function hasFields(schema: ISchema): boolean {
  const types = [schema.type ?? []].flat().filter(name => name !== 'null');
  if (types.length !== 1) {
    const isChoice = Array.isArray(schema.oneOf) || Array.isArray(schema.anyOf);
    return types.length === 0 && (isChoice || enumerated(schema) !== null || '$ref' in schema);
  }
  switch (types[0]) {
    case 'array':
      return isRecord(schema.items) && hasFields(schema.items);
    case 'object':
      return Object.values(schema.properties ?? {}).every(hasFields);
    default:
      return true;
  }
}

/** One part of a value that is not what was proposed. */
export interface IChanged {
  /** Names and numbers of the way there, such as `['rows', '0']`; empty for the whole. */
  path: string[];
  before: unknown;
  after: unknown;
}

/** Where a value differs from the proposed one, as deep as both have the same shape. */
export function changedParts(before: unknown, after: unknown, path: string[] = []): IChanged[] {
  if (sorted(before) === sorted(after)) {
    return [];
  }
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap(name => changedParts(before[name], after[name], [...path, name]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, index) =>
      changedParts(item, after[index], [...path, String(index)])
    );
  }
  return [{ path, before, after }];
}

/** The part of a value at a path; undefined where there is none. */
export function partAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (part, name) =>
      typeof part === 'object' && part !== null
        ? (part as Record<string, unknown>)[name]
        : undefined,
    value
  );
}

/** A value in a sentence: a text as it is, anything else as JSON. */
export function asWords(value: unknown): string {
  return value === undefined ? '–' : typeof value === 'string' ? value : toJson(value);
}

function enumerated(schema: ISchema): IOption[] | null {
  return Array.isArray(schema.enum)
    ? schema.enum.map((value, index) => ({
        value,
        label: schema.enumNames?.[index] ?? asWords(value)
      }))
    : null;
}

/** An enum whose options have titles: `oneOf` of constants. */
function named(schema: ISchema): IOption[] | null {
  const { oneOf } = schema;
  return Array.isArray(oneOf) && oneOf.every(option => 'const' in option)
    ? oneOf.map(option => ({ value: option.const, label: option.title ?? asWords(option.const) }))
    : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value's JSON with its names in one order. */
function sorted(value: unknown): string {
  return toJson(value === undefined ? null : ordered(value));
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(ordered);
  }
  if (!isRecord(value)) {
    return value;
  }
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map(name => [name, ordered(value[name])]));
}

/** Whether a value holds an integer that a number cannot: a form would lose its digits. */
function hasLongInteger(value: unknown): boolean {
  if (typeof value === 'bigint') {
    return true;
  }
  return typeof value === 'object' && value !== null && Object.values(value).some(hasLongInteger);
}
