/** Parameters as text in fields, and back to values of their types. */
import { IParameterField, Values } from '../api/projects';
import { integer, parseJson, toJson } from '../api/json';

export type Drafts = Record<string, string>;

/** The text that stands for a value in its field. */
export function asText(value: unknown, field: IParameterField): string {
  if (value === undefined || value === null) {
    return '';
  }
  if (typeof value === 'string' && (field.type === 'string' || field.type === 'null')) {
    return value;
  }
  if (typeof value === 'string' && field.type === 'any' && !parses(value)) {
    return value;
  }
  return toJson(value);
}

/** The texts of all fields: the value that is set, else the default of the parameters cell. */
export function drafted(fields: readonly IParameterField[], set: Values): Drafts {
  return Object.fromEntries(
    fields.map(field => [
      field.name,
      asText(field.name in set ? set[field.name] : field.default, field)
    ])
  );
}

export interface ICollected {
  /** Only what differs from the default, so that a later change of the default is followed. */
  values: Values;
  /** An error message for each field that cannot be read. */
  errors: Record<string, string>;
}

/** Read the fields' texts; a field without a text keeps its default. */
export function collect(fields: readonly IParameterField[], drafts: Drafts): ICollected {
  const values: Values = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const text = drafts[field.name] ?? '';
    if (text === asText(field.default, field)) {
      if (field.required && text.trim() === '') {
        errors[field.name] = 'This parameter has no default: give it a value.';
      }
      continue;
    }
    try {
      values[field.name] = asValue(text, field);
    } catch (error) {
      errors[field.name] = (error as Error).message;
    }
  }
  return { values, errors };
}

/** The values of those fields whose text was changed; an emptied one goes back to its default. */
export function changes(
  fields: readonly IParameterField[],
  before: Drafts,
  after: Drafts
): ICollected {
  const values: Values = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const text = after[field.name] ?? '';
    if (text === before[field.name]) {
      continue;
    }
    try {
      const emptied = text.trim() === '' && field.type !== 'string';
      values[field.name] = emptied ? (field.default ?? null) : asValue(text, field);
    } catch (error) {
      errors[field.name] = (error as Error).message;
    }
  }
  return { values, errors };
}

/** The value of a text; throws an Error whose message can be shown. */
export function asValue(text: string, field: IParameterField): unknown {
  const trimmed = text.trim();
  switch (field.type) {
    case 'string':
      return text;
    case 'integer':
      if (!/^[+-]?\d+$/.test(trimmed)) {
        throw new Error('Write a whole number.');
      }
      return integer(trimmed);
    case 'number':
      if (trimmed === '' || !Number.isFinite(Number(trimmed))) {
        throw new Error('Write a number, like 0.5.');
      }
      return /^[+-]?\d+$/.test(trimmed) ? integer(trimmed) : Number(trimmed);
    case 'boolean':
      return trimmed === 'true';
    case 'array':
      return shaped(trimmed, Array.isArray, 'Write a list as JSON, like ["a", "b"].');
    case 'object':
      return shaped(trimmed, isObject, 'Write an object as JSON, like {"a": 1}.');
    default:
      return trimmed === '' ? null : (parses(trimmed)?.value ?? text);
  }
}

function shaped(text: string, check: (value: unknown) => boolean, message: string): unknown {
  const parsed = parses(text);
  if (!parsed || !check(parsed.value)) {
    throw new Error(message);
  }
  return parsed.value;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parses(text: string): { value: unknown } | null {
  try {
    return { value: parseJson(text) };
  } catch {
    return null;
  }
}
