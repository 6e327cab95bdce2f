import { IParameterField } from '../api/projects';
import { toJson } from '../api/json';
import { asText, asValue, changes, collect, drafted } from './values';

const field = (
  name: string,
  type: IParameterField['type'],
  standard: unknown
): IParameterField => ({
  name,
  type,
  default: standard,
  help: '',
  required: false
});

const FIELDS = [
  field('region', 'string', 'emea'),
  field('limit', 'integer', 10),
  field('share', 'number', 0.5),
  field('strict', 'boolean', true),
  field('columns', 'array', ['a']),
  field('options', 'object', {}),
  field('since', 'null', null)
];

describe('drafted and collect', () => {
  it('gives nothing back when nothing was changed', () => {
    expect(collect(FIELDS, drafted(FIELDS, {}))).toEqual({ values: {}, errors: {} });
  });

  it('gives back what was set, in its type', () => {
    const set = {
      region: 'apac',
      limit: -3,
      share: 1e-3,
      strict: false,
      columns: ['b', 1],
      options: { a: null },
      since: '2026-01-01'
    };
    expect(collect(FIELDS, drafted(FIELDS, set))).toEqual({ values: set, errors: {} });
  });

  it('has an error for each field that cannot be read', () => {
    const drafts = {
      ...drafted(FIELDS, {}),
      limit: '1.5',
      share: '',
      columns: '{}',
      options: '[]'
    };
    expect(Object.keys(collect(FIELDS, drafts).errors)).toEqual([
      'limit',
      'share',
      'columns',
      'options'
    ]);
  });

  it('asks for what has no default', () => {
    const needed = { ...field('key', 'string', null), required: true };
    expect(collect([needed], { key: '' }).errors.key).toMatch(/no default/);
    expect(collect([needed], { key: 'x' })).toEqual({ values: { key: 'x' }, errors: {} });
  });
});

describe('changes', () => {
  it('holds only what was touched, also back to the default', () => {
    const before = drafted(FIELDS, { limit: 99, region: 'apac' });
    const after = { ...before, limit: '10', region: '' };
    expect(changes(FIELDS, before, after)).toEqual({
      values: { limit: 10, region: '' },
      errors: {}
    });
  });

  it('takes an emptied number as its default', () => {
    const before = drafted(FIELDS, { limit: 99 });
    expect(changes(FIELDS, before, { ...before, limit: '' }).values).toEqual({ limit: 10 });
  });
});

describe('a parameter of no declared type', () => {
  const any = field('x', 'any', null);

  it('is JSON where it can be, else text', () => {
    expect(asValue('[1, 2]', any)).toEqual([1, 2]);
    expect(asValue('plain words', any)).toBe('plain words');
    expect(asValue('', any)).toBeNull();
  });

  it('keeps text that looks like JSON apart from JSON', () => {
    expect(asText('12', any)).toBe('"12"');
    expect(asValue(asText('12', any), any)).toBe('12');
  });
});

describe('an integer beyond what a number holds', () => {
  const LARGE = '9007199254740993';

  it.each([
    ['integer', LARGE],
    ['number', `-${LARGE}`],
    ['array', `[1,${LARGE}]`],
    ['object', `{"n":${LARGE}}`],
    ['any', LARGE]
  ] as const)('stays exact as %s', (type, text) => {
    const value = asValue(text, field('n', type, null));
    expect(toJson(value)).toBe(text);
    expect(asText(value, field('n', type, null))).toBe(text);
  });
});
