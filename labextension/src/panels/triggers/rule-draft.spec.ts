import { IRule } from '../../api/rules';
import { aTrigger } from '../../testing/triggers';
import { bodyOf, draftOf, filterOf } from './rule-draft';

const RULE: IRule = {
  name: 'refunds',
  call: 'refunds.ipynb',
  condition: 'any',
  conditions: ['data.json.kind == "refund"', 'data.json.total < 0'],
  enabled: false,
  transform: 'data.json.order',
  parameters: {
    region: 'emea',
    limit: 3,
    names: ['a', 'b'],
    digits: '7',
    spaced: ' x ',
    lines: 'a\nb = c',
    none: null,
    empty: '',
    large: 12345678901234567890n
  },
  mapping: { id: 'data.id', big: 'data.total >= 5 ? 1 : 0' },
  collect: { debounce: 10, batch: null, key: 'data.json.id', at_most: 60, max_events: 50 }
};
const TRIGGER = aTrigger('orders');

describe('a rule as one types it', () => {
  it('is the same rule where nothing was typed', () => {
    const { name, ...rest } = RULE;
    expect(bodyOf(draftOf(RULE, TRIGGER), RULE)).toEqual({
      ...rest,
      collect: { debounce: 10, key: 'data.json.id', at_most: 60, max_events: 50 }
    });
    expect(draftOf(RULE, TRIGGER).name).toBe(name);
  });

  it('has a value of each parameter in a line: JSON, or else a text', () => {
    const { parameters } = draftOf(RULE, TRIGGER);
    expect(parameters.split('\n')).toHaveLength(Object.keys(RULE.parameters).length);
    const draft = { ...draftOf(null, TRIGGER), parameters: 'region = apac\n\nlimit=5\nx = a=b' };
    expect(bodyOf(draft, null).parameters).toEqual({ region: 'apac', limit: 5, x: 'a=b' });
  });

  it('says nothing of what is left empty', () => {
    expect(bodyOf(draftOf(null, TRIGGER), null)).toEqual({
      call: 'report.ipynb',
      condition: 'all',
      conditions: [],
      transform: null,
      mapping: {},
      parameters: {},
      collect: null
    });
  });

  it('lets no collection be longer than its longest wait', () => {
    const draft = { ...draftOf(RULE, TRIGGER), seconds: '90' };
    expect(bodyOf(draft, RULE).collect).toMatchObject({ debounce: 90, at_most: 90 });
    expect(bodyOf({ ...draft, collect: 'batch' }, RULE).collect).toEqual({
      batch: 90,
      key: 'data.json.id',
      max_events: 50
    });
  });

  it.each([
    ['', 'all', ''],
    ['a == 1', 'any', 'a == 1'],
    ['a == 1 || b == 1\n\nc == 1', 'all', '(a == 1 || b == 1) && (c == 1)'],
    ['a == 1 && b == 1\nc == 1', 'any', '(a == 1 && b == 1) || (c == 1)']
  ] as const)('%p is tried as one filter (%s)', (conditions, condition, expected) => {
    expect(filterOf({ ...draftOf(null, TRIGGER), conditions, condition })).toBe(expected);
  });
});
