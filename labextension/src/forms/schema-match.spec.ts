import { fits } from './schema-match';

describe('fits', () => {
  it('tells apart values by type, constant, option, and needed property', () => {
    expect(fits({ type: 'integer' }, 3)).toBe(true);
    expect(fits({ type: 'integer' }, 3.5)).toBe(false);
    expect(fits({ type: ['string', 'null'] }, null)).toBe(true);
    expect(fits({ type: 'object' }, [])).toBe(false);
    expect(fits({ const: 'card' }, 'cash')).toBe(false);
    expect(fits({ enum: ['a', 'b'] }, 'b')).toBe(true);
    const card = { type: 'object', required: ['kind'], properties: { kind: { const: 'card' } } };
    expect(fits(card, { kind: 'card', more: 1 })).toBe(true);
    expect(fits(card, { kind: 'cash' })).toBe(false);
    expect(fits(card, {})).toBe(false);
    expect(fits(true, {})).toBe(true);
    expect(fits(false, {})).toBe(false);
  });
});
