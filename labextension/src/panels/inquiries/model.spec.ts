import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { anAnswered, anInquiry, inquiryChange } from '../../testing/inquiries';
import { InquiriesModel, NO_FILTER, queryOf } from './model';

describe('queryOf', () => {
  it('asks for what waits for the user, whatever the person', () => {
    expect(queryOf({ ...NO_FILTER, person: 'bea' })).toMatchObject({
      status: 'pending',
      assigned_to: 'me'
    });
  });

  it('asks for others by state, person, project and age', () => {
    const filter = { view: 'ended', person: 'bea', project: 'prj_1', hours: 24 } as const;
    expect(queryOf(filter)).toEqual({
      status: 'responded,timeout,cancelled',
      assigned_to: 'bea',
      project_id: 'prj_1',
      older_than: 86400
    });
    expect(queryOf({ ...NO_FILTER, view: 'all' })).toMatchObject({ status: '', older_than: null });
  });
});

describe('InquiriesModel', () => {
  let feed: TestFeed;
  let model: InquiriesModel;
  const list = jest.fn();
  const answers = jest.fn();
  const away = jest.fn();
  const measured = jest.fn();
  const client = new FakeClient({
    'GET inquiries': list,
    'GET inquiries/counts': () => ({ waiting_for_me: 2, pending: 5 }),
    'GET inquiries/metrics': measured,
    'GET inquiries/absences': () => page([]),
    'PUT inquiries/absences/me': away,
    'GET projects': () => page([]),
    'POST inquiries/answers': answers
  });

  beforeEach(async () => {
    feed = TestFeed.live();
    measured.mockReset().mockResolvedValue({ waiting: 5 });
    list.mockReset().mockResolvedValue(page([anInquiry('inq_2'), anInquiry('inq_1')]));
    model = new InquiriesModel(client, feed);
    model.setActive(true);
    await pass();
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it('measures the project that is chosen', async () => {
    expect(measured).toHaveBeenLastCalledWith({ project_id: null });
    await model.setFilter({ project: 'prj_1' });
    expect(measured).toHaveBeenLastCalledWith({ project_id: 'prj_1' });
    expect(model.metrics).toEqual({ waiting: 5 });
  });

  it('names a substitute, and looks again who is away', async () => {
    const asked = client.requests.length;
    await model.beAway('bea', null);
    expect(away).toHaveBeenCalledWith({ substitute: 'bea', until: null });
    expect(client.requests.slice(asked)).toContain('GET inquiries/absences');
  });

  it('begins with what waits for the user, and is not filtered by that', () => {
    expect(model.items.map(({ id }) => id)).toEqual(['inq_2', 'inq_1']);
    expect(model.counts).toEqual({ waiting_for_me: 2, pending: 5 });
    expect(model.filtered).toBe(false);
    expect(list).toHaveBeenCalledWith({
      status: 'pending',
      assigned_to: 'me',
      project_id: '',
      older_than: null,
      limit: 50,
      cursor: null
    });
  });

  it('follows changes', async () => {
    list.mockResolvedValue(page([anInquiry('inq_2')]));
    feed.send(inquiryChange('inq_1'));
    await pass(500);
    expect(model.items.map(({ id }) => id)).toEqual(['inq_2']);
  });

  it('answers many in one request; those that were refused stay selected', async () => {
    const problem = { detail: 'It was already rejected by ana.', title: 'Conflict' };
    answers.mockResolvedValue({
      items: [
        { id: 'inq_2', inquiry: anAnswered('inq_2', true), problem: null },
        { id: 'inq_1', inquiry: null, problem }
      ]
    });
    model.select(['inq_1', 'inq_2'], true);
    const failures = await model.together('Approve', model.selected, inquiries =>
      model.answer(inquiries, { decision: 'approve', comment: 'fine' })
    );
    expect(answers).toHaveBeenCalledWith({
      ids: ['inq_2', 'inq_1'],
      decision: 'approve',
      comment: 'fine'
    });
    expect(failures).toEqual(['It was already rejected by ana.']);
    expect(model.selected.map(({ id }) => id)).toEqual(['inq_1']);
    expect(model.bulk).toBeNull();
  });

  it('asks in parts that the server takes', async () => {
    answers.mockReset().mockResolvedValue({ items: [] });
    const many = Array.from({ length: 150 }, (_, index) => anInquiry(`inq_${index}`));
    await model.answer(many, { value: 'ship' });
    const bodies = answers.mock.calls.map(([body]) => body as { ids: string[] });
    expect(bodies.map(({ ids }) => ids.length)).toEqual([100, 50]);
  });

  it('keeps all selected, and tells once each, where the request itself fails', async () => {
    answers.mockReset().mockRejectedValue(new Error('The server is stopping.'));
    model.select(['inq_1', 'inq_2'], true);
    const failures = await model.together('Approve', model.selected, inquiries =>
      model.answer(inquiries, { decision: 'approve' })
    );
    expect(failures).toEqual(['The server is stopping.', 'The server is stopping.']);
    expect(model.selected).toHaveLength(2);
  });
});
