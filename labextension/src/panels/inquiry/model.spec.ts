import { ApiError } from '../../api/request';
import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { anAnswered, anInquiry, inquiryChange } from '../../testing/inquiries';
import { InquiryModel } from './model';

describe('InquiryModel', () => {
  let feed: TestFeed;
  let model: InquiryModel;
  const get = jest.fn();
  const notebook = jest.fn();
  const answer = jest.fn();
  const client = new FakeClient({
    'GET inquiries': () => page([anInquiry('inq_1'), anInquiry('inq_2', { title: 'Next?' })]),
    'GET inquiries/:id': get,
    'GET inquiries/:id/log': () => page([]),
    'GET inquiries/:id/notebook': notebook,
    'POST inquiries/:id/answers': answer
  });
  const show = async (): Promise<void> => {
    model = new InquiryModel(client, feed, 'inq_1');
    model.setActive(true);
    await pass();
  };

  beforeEach(() => {
    feed = TestFeed.live();
    get.mockReset().mockResolvedValue(anInquiry('inq_1', { version: 3 }));
    notebook.mockReset().mockResolvedValue({ cells: [], approved: null, changes: [] });
    answer.mockReset();
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it('answers the version that is shown, and finds what waits next', async () => {
    await show();
    get.mockResolvedValue(anAnswered('inq_1', true));
    answer.mockResolvedValue(anAnswered('inq_1', true));
    await model.answer({ decision: 'approve', comment: 'fine' });
    expect(answer).toHaveBeenCalledWith(
      { decision: 'approve', comment: 'fine', version: 3 },
      'inq_1'
    );
    expect(model.inquiry!.status).toBe('responded');
    expect(model.next!.title).toBe('Next?');
  });

  it('shows what happened where an answer comes too late', async () => {
    await show();
    const late = new ApiError('It was already rejected by ana at 14:03.', 409, 'inquiry_ended');
    answer.mockRejectedValue(late);
    get.mockResolvedValue(anAnswered('inq_1', false));
    await expect(model.answer({ decision: 'approve' })).rejects.toBe(late);
    expect(model.inquiry!.response!.approved).toBe(false);
  });

  it('keeps what is shown where an answer is refused', async () => {
    await show();
    const refused = new ApiError('The answer is not as it is asked for.', 400, 'value_invalid');
    answer.mockRejectedValue(refused);
    await expect(model.answer({ value: 3 })).rejects.toBe(refused);
    expect(get).toHaveBeenCalledTimes(1);
  });

  it('fetches the notebook once: what was bound never changes', async () => {
    await show();
    feed.send(inquiryChange('inq_1'));
    await pass(500);
    expect(get).toHaveBeenCalledTimes(2);
    expect(notebook).toHaveBeenCalledTimes(1);
  });

  it('can be answered where its notebook is not there, or cannot be read', async () => {
    notebook.mockRejectedValueOnce(new ApiError('No such notebook.', 404, 'not_found'));
    await show();
    expect([model.error, model.notebook, model.notebookError]).toEqual([null, null, null]);
    await model.refresh();
    expect(notebook).toHaveBeenCalledTimes(1);
    model.dispose();
    notebook.mockRejectedValueOnce(new ApiError('The disk is away.', 503, 'unavailable'));
    await show();
    expect(model.notebookError).toBe('The disk is away.');
    await model.refresh();
    expect(model.notebookError).toBeNull();
    expect(model.notebook).not.toBeNull();
  });

  it('follows its own changes only', async () => {
    await show();
    feed.send(inquiryChange('inq_9'));
    await pass(500);
    expect(get).toHaveBeenCalledTimes(1);
  });
});
