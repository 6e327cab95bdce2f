import { changedParts, drawable, initial, options, partAt, sameForm } from './schema';

describe('options', () => {
  it('makes buttons of a few options, also of those with titles', () => {
    expect(options({ enum: ['ship', 'wait', 3] })!.map(({ label }) => label)).toEqual([
      'ship',
      'wait',
      '3'
    ]);
    const titled = options({ oneOf: [{ const: 1, title: 'One' }, { const: 2 }] });
    expect(titled).toEqual([
      { value: 1, label: 'One' },
      { value: 2, label: '2' }
    ]);
  });

  it('leaves many options, none, and other schemas to the form', () => {
    expect(options({ enum: Array.from({ length: 9 }, (_, index) => index) })).toBeNull();
    expect(options({ enum: [] })).toBeNull();
    expect(options({ oneOf: [{ const: 1 }, { type: 'string' }] })).toBeNull();
    expect(options({ type: 'object' })).toBeNull();
  });
});

describe('sameForm', () => {
  it('compares what the schemas mean, whatever the order of their names', () => {
    expect(sameForm(null, null)).toBe(true);
    expect(sameForm({ type: 'string', title: 'A' }, { title: 'A', type: 'string' })).toBe(true);
    expect(sameForm({ enum: ['a', 'b'] }, { enum: ['b', 'a'] })).toBe(false);
    expect(sameForm(null, { type: 'object' })).toBe(false);
  });
});

describe('initial', () => {
  it('is what was proposed, else the default, else empty', () => {
    expect(initial({ type: 'number', default: 3 }, 0)).toBe(0);
    expect(initial({ type: 'number', default: 3 }, null)).toBe(3);
    expect(initial({ type: 'object' }, null)).toEqual({});
    expect(initial({ type: 'array' }, undefined)).toEqual([]);
    expect(initial({ type: 'string' }, null)).toBeUndefined();
  });
});

describe('drawable', () => {
  it('leaves to JSON what a form would not draw, or not keep exact', () => {
    expect(drawable({ type: 'object' }, {})).toBe(true);
    expect(drawable({ enum: ['a'] }, null)).toBe(true);
    expect(drawable({}, null)).toBe(false);
    expect(drawable({ type: ['string', 'null'] }, null)).toBe(true);
    expect(drawable({ type: ['string', 'number'] }, null)).toBe(false);
    expect(drawable({ type: 'array', items: { type: 'string' } }, [])).toBe(true);
    const mixed = { type: 'object', properties: { rows: { type: 'array' } } };
    expect(drawable(mixed, {})).toBe(false);
    expect(drawable({ type: 'object' }, { id: BigInt('12345678901234567890') })).toBe(false);
  });
});

describe('changedParts', () => {
  it('finds what differs, as deep as the shapes are the same', () => {
    const before = { amount: 100, to: { name: 'ana', tags: ['a', 'b'] }, note: 'x' };
    const after = { amount: 80, to: { name: 'ana', tags: ['a', 'c'] }, extra: true };
    expect(changedParts(before, after)).toEqual([
      { path: ['amount'], before: 100, after: 80 },
      { path: ['to', 'tags', '1'], before: 'b', after: 'c' },
      { path: ['note'], before: 'x', after: undefined },
      { path: ['extra'], before: undefined, after: true }
    ]);
    expect(changedParts([1], [1, 2])).toEqual([{ path: [], before: [1], after: [1, 2] }]);
    expect(changedParts({ a: 1, b: 2 }, { b: 2, a: 1 })).toEqual([]);
  });
});

describe('partAt', () => {
  it('follows names and numbers', () => {
    expect(partAt({ rows: [{ n: 1 }] }, ['rows', '0', 'n'])).toBe(1);
    expect(partAt({ rows: null }, ['rows', '0'])).toBeUndefined();
  });
});
