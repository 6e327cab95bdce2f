import { IPageDescription, argsOf, tabId } from './page';

const described = (fields: Partial<IPageDescription>): IPageDescription => ({
  name: 'orders',
  args: ['id', 'path', 'status'],
  title: () => 'Orders',
  create: () => {
    throw new Error('No page is created here.');
  },
  ...fields
});

describe('argsOf', () => {
  it('takes what the page knows, as text', () => {
    const given = { page: 'orders', status: 'late', id: 7, isPalette: true, session: 'ses_1' };
    expect(argsOf(described({}), given)).toEqual({ status: 'late' });
  });
});

describe('tabId', () => {
  it('is the same for a list, whatever it shows', () => {
    expect(tabId(described({}), { status: 'late', id: 'x' })).toBe('notebook-automation-orders');
  });

  it.each([
    [{ id: 'ord_1' }, 'notebook-automation-orders-ord_1'],
    [{ id: 'ord_1', path: 'c.ipynb' }, 'notebook-automation-orders-ord_1'],
    [{ path: 'a b/c.ipynb' }, 'notebook-automation-orders-a-b-c-ipynb'],
    [{ status: 'late' }, 'notebook-automation-orders-new']
  ])('names the one thing that %j is about', (args, id) => {
    expect(tabId(described({ subject: ['id', 'path'] }), args)).toBe(id);
  });
});
