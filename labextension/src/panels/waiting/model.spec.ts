import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { anInquiry, inquiryChange } from '../../testing/inquiries';
import { WaitingModel } from './model';

describe('WaitingModel', () => {
  let feed: TestFeed;
  let model: WaitingModel;
  const list = jest.fn();
  const arrived: string[] = [];
  const gone: string[] = [];
  const waiting = (...ids: string[]): void => {
    list.mockResolvedValue(page(ids.map(id => anInquiry(id))));
  };
  const change = async (id: string): Promise<void> => {
    feed.send(inquiryChange(id));
    await pass(500);
  };

  beforeEach(async () => {
    feed = TestFeed.live();
    arrived.length = gone.length = 0;
    waiting('inq_1');
    model = new WaitingModel(new FakeClient({ 'GET inquiries': list }), feed);
    model.arrived.connect((_, fresh) => arrived.push(...fresh.map(({ id }) => id)));
    model.gone.connect((_, ids) => gone.push(...ids));
    model.setActive(true);
    await pass();
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it('counts what waits at first, without telling of it', () => {
    expect(model.waiting).toHaveLength(1);
    expect(arrived).toEqual([]);
    expect(list).toHaveBeenCalledWith({ status: 'pending', assigned_to: 'me', limit: 100 });
  });

  it('tells of each new one once, also where it goes and comes back', async () => {
    waiting('inq_2', 'inq_1');
    await change('inq_2');
    expect(arrived).toEqual(['inq_2']);
    waiting('inq_1');
    await change('inq_2');
    expect(gone).toEqual(['inq_2']);
    waiting('inq_2', 'inq_1');
    await change('inq_2');
    expect(arrived).toEqual(['inq_2']);
    expect(model.waiting).toHaveLength(2);
  });

  it('tells of what came while the server was away', async () => {
    list.mockRejectedValueOnce(new Error('away'));
    await change('inq_2');
    waiting('inq_2', 'inq_1');
    await change('inq_2');
    expect(arrived).toEqual(['inq_2']);
  });
});
