/** JSON with exact integers: those that a number cannot hold are BigInts here, and digits again when they are sent. */

/** Marks the digits of such an integer on the way. No text of the server's holds it, and the server takes none that does. */
const MARK = '\u0000';
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MARKED = /"\\u0000(-?\d+)"/g;
const LONG = /\d{16}/;

/** The value of a JSON text; throws a SyntaxError. */
export function parseJson(text: string): unknown {
  if (!LONG.test(text)) {
    return JSON.parse(text) as unknown;
  }
  return JSON.parse(text.replace(TOKENS, marked), (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(1)) : value
  ) as unknown;
}

/** The JSON text of a value, as `JSON.stringify` has it. */
export function toJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(
    value,
    (_key, item: unknown) => (typeof item === 'bigint' ? `${MARK}${item}` : item),
    indent
  );
  return text?.replace(MARKED, '$1');
}

/** The integer that a text of digits is, exact. */
export function integer(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits.replace(/^\+/, ''));
}

function marked(token: string): string {
  return /^-?[1-9]\d*$/.test(token) && !Number.isSafeInteger(Number(token))
    ? `"\\u0000${token}"`
    : token;
}
