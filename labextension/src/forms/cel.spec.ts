import { allOf, anyOf, equals, member } from './cel';

describe('member', () => {
  it.each([
    ['action', 'data.json.action'],
    ['x-github-event', 'data.json["x-github-event"]'],
    ['in', 'data.json["in"]'],
    ['a"b\n', 'data.json["a\\"b\\n"]'],
    ['', 'data.json[""]'],
    [0, 'data.json[0]']
  ])('%s', (key, expected) => {
    expect(member('data.json', key)).toBe(expected);
  });
});

describe('equals', () => {
  it.each([
    ['opened', 'a == "opened"'],
    [7, 'a == 7'],
    [1.5, 'a == 1.5'],
    [true, 'a == true'],
    [null, 'a == null'],
    [12345678901234567890n, 'a == 12345678901234567890'],
    ['"; x', 'a == "\\"; x"']
  ])('%p', (value, expected) => {
    expect(equals('a', value)).toBe(expected);
  });

  it('is one of several tests', () => {
    expect(allOf([])).toBe('');
    expect(allOf(['a == 1', 'b == 2'])).toBe('a == 1 && b == 2');
    expect(anyOf(['a == 1', 'b == 2'])).toBe('a == 1 || b == 2');
  });
});
