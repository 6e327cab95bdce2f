import { integer, parseJson, toJson } from './json';

const LARGE = '9007199254740993';

describe('JSON with exact integers', () => {
  it.each([
    LARGE,
    `-${LARGE}`,
    `{"a":[1,${LARGE},{"b":-${LARGE}00}],"c":"id ${LARGE}"}`,
    `["\\"${LARGE}","\\\\",${LARGE}]`,
    '[0.1,1e+21,9007199254740991]',
    '{"text":"x"}'
  ])('gives %s back', text => {
    expect(toJson(parseJson(text))).toBe(text);
  });

  it('leaves numbers as they are', () => {
    expect(parseJson(`[1, 1234567890.0123456789, 12345678901234567e3, "${LARGE}"]`)).toEqual([
      1,
      Number('1234567890.0123456789'),
      Number('12345678901234567e3'),
      LARGE
    ]);
    expect(parseJson(`{"n": ${LARGE}}`)).toEqual({ n: BigInt(LARGE) });
    expect(integer('+12')).toBe(12);
    expect(integer(`+${LARGE}`)).toBe(BigInt(LARGE));
  });

  it('writes as JSON.stringify does', () => {
    expect(toJson({ a: [1n] }, 2)).toBe(JSON.stringify({ a: [1] }, null, 2));
    expect(toJson(undefined)).toBeUndefined();
  });

  it('refuses what is no JSON', () => {
    expect(() => parseJson(`{${LARGE}`)).toThrow(SyntaxError);
    expect(() => parseJson(`0${LARGE}`)).toThrow(SyntaxError);
  });
});
