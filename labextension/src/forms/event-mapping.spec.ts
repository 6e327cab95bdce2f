import { IParameterField } from '../api/projects';
import { proposedMapping } from './event-mapping';

const field = (name: string, type: IParameterField['type']): IParameterField => ({
  name,
  type,
  default: null,
  help: '',
  required: false
});

describe('proposedMapping', () => {
  it('finds what is called like a parameter, however it is written, and nearest first', () => {
    const data = {
      json: {
        orderId: 7,
        customer: { name: 'Ana', order_id: 8, 'is-new': true },
        items: [{ sku: 'x' }]
      },
      query: { region: 'emea' }
    };
    const fields = [
      field('order_id', 'integer'),
      field('name', 'string'),
      field('is_new', 'boolean'),
      field('region', 'string'),
      field('sku', 'string'),
      field('missing', 'any')
    ];
    expect(proposedMapping(fields, data)).toEqual({
      order_id: 'data.json.orderId',
      name: 'data.json.customer.name',
      is_new: 'data.json.customer["is-new"]',
      region: 'data.query.region'
    });
  });

  it('proposes nothing of another type, and the fields of a form where there is no JSON', () => {
    expect(proposedMapping([field('n', 'integer')], { json: { n: 'many' } })).toEqual({});
    expect(proposedMapping([field('n', 'number')], { json: { n: 1.5 } })).toEqual({
      n: 'data.json.n'
    });
    const form = { json: null, body: { form: { n: '1' } }, query: {} };
    expect(proposedMapping([field('n', 'any')], form)).toEqual({ n: 'data.body.form.n' });
    expect(proposedMapping([field('n', 'any')], null)).toEqual({});
  });
});
