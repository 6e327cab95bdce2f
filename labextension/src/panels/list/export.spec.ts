import { Column, csv } from './export';

interface IRow {
  name: string | null;
  size?: number;
}

const COLUMNS: readonly Column<IRow>[] = [
  ['name', row => row.name],
  ['size', row => row.size]
];

describe('csv', () => {
  it('has a header, a line for each row, and nothing where there is no value', () => {
    expect(csv([{ name: 'a', size: -1 }, { name: null }], COLUMNS)).toBe(
      'name,size\r\na,-1\r\n,\r\n'
    );
  });

  it('quotes what would break a line', () => {
    expect(csv([{ name: 'one, "two"\nthree' }], COLUMNS)).toBe(
      'name,size\r\n"one, ""two""\nthree",\r\n'
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
    'keeps %j from being a formula',
    text => {
      expect(csv([{ name: text }], COLUMNS)).toContain(`'${text}`);
    }
  );
});
