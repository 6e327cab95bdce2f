/** Expressions (CEL) that are made of clicks. */
import { toJson } from '../api/json';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Words of the language: as a field they are written in brackets. */
const WORDS = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace return var ' +
    'void while'
  ).split(' ')
);

/** The expression for the field or item `key` of what `path` stands for. */
export function member(path: string, key: string | number): string {
  return typeof key === 'string' && NAME.test(key) && !WORDS.has(key)
    ? `${path}.${key}`
    : `${path}[${literal(key)}]`;
}

/** The test for what `path` stands for being `value`, a text, number, truth value or null. */
export function equals(path: string, value: unknown): string {
  return `${path} == ${literal(value)}`;
}

/** The filter that lets through what passes all `tests`. */
export function allOf(tests: readonly string[]): string {
  return tests.join(' && ');
}

/** The filter that lets through what passes one of `tests`. */
export function anyOf(tests: readonly string[]): string {
  return tests.join(' || ');
}

/** JSON's texts are CEL's, but for a slash before a slash, which nothing here writes. */
function literal(value: unknown): string {
  return toJson(value) ?? 'null';
}
