import { ILogEntry, ISession } from '../../api/sessions';
import { anArtifact, artifactChange } from '../../testing/artifacts';
import { aCheckpoint } from '../../testing/checkpoints';
import { FakeClient, page } from '../../testing/client';
import { pass } from '../../testing/clock';
import { TestFeed } from '../../testing/feed';
import { anInquiry, inquiryChange } from '../../testing/inquiries';
import { aSession, sessionChange, sessionLogChange } from '../../testing/sessions';
import { aStep } from '../../testing/steps';
import { aTrigger } from '../../testing/triggers';
import { SessionModel } from './model';

const entry = (seq: number): ILogEntry => ({
  seq,
  at: '',
  kind: 'print',
  text: `${seq}`,
  data: null
});

describe('SessionModel', () => {
  const get = jest.fn();
  const cells = jest.fn();
  const log = jest.fn();
  const list = jest.fn();
  const asked = jest.fn((_: unknown) => page([anInquiry('inq_1')]));
  const checkpoints = jest.fn(() => page([aCheckpoint()]));
  const steps = jest.fn(() => page([aStep()]));
  const tree = jest.fn((_: unknown) => page([] as ISession[]));
  const going = jest.fn((_: unknown) => aSession('ses_2'));
  const cancelled = jest.fn((_: unknown, id: string, query: string) =>
    aSession(id, { reason: query })
  );
  let feed: TestFeed;
  let model: SessionModel;

  beforeEach(async () => {
    get.mockReset().mockResolvedValue(aSession('ses_1'));
    cells.mockReset().mockResolvedValue(page([]));
    log
      .mockReset()
      .mockImplementation(({ after }: { after: number }) =>
        Promise.resolve(page(after === 0 ? [entry(1), entry(2)] : []))
      );
    list
      .mockReset()
      .mockResolvedValue(
        page([
          anArtifact('c', { name: 'report.pdf', media_type: 'application/pdf' }),
          anArtifact('a', { name: 'report.html', media_type: 'text/html' }),
          anArtifact('b', { name: 'report.ipynb' })
        ])
      );
    feed = TestFeed.live();
    const client = new FakeClient({
      'GET projects/:id': () => ({ path: 'sales' }),
      'GET sessions/:id': get,
      'GET sessions/:id/cells': cells,
      'GET sessions/:id/log': log,
      'GET artifacts': list,
      'GET inquiries': asked,
      'GET sessions': tree,
      'POST sessions/:id/cancel(.*)': cancelled,
      'GET triggers/:id': () => aTrigger('trg_1'),
      'GET sessions/:id/checkpoints': checkpoints,
      'GET sessions/:id/steps': steps,
      'POST sessions/:id/resume': going
    });
    model = new SessionModel(client, feed, 'ses_1');
    model.setActive(true);
    await pass();
  });

  afterEach(() => {
    model.dispose();
    feed.dispose();
  });

  it('has the tree that it is in, and follows it', async () => {
    expect(model.tree).toBeNull();
    const child = { root_id: 'ses_1', parent_id: 'ses_1' };
    tree.mockReturnValue(
      page([aSession('ses_2', child), aSession('ses_3', { root_id: 'ses_1', parent_id: 'ses_2' })])
    );
    feed.send(sessionChange('ses_2', {}, 'created'));
    await pass(500);
    expect(tree).toHaveBeenLastCalledWith({ root: 'ses_1', order: 'asc', limit: 200 });
    expect(model.tree!.size).toBe(3);
    const inner = (): ISession => model.tree!.top.children[0].children[0].session;
    expect(inner()).toMatchObject({ id: 'ses_3', status: 'running' });
    feed.send(sessionChange('ses_3', { status: 'failed' }));
    expect(inner().status).toBe('failed');
    tree.mockReturnValue(page([]));
  });

  it('is cancelled alone, with its children, or not, as somebody says who is asked where it has some', async () => {
    const ask = jest.fn();
    await model.cancel(ask);
    expect(ask).not.toHaveBeenCalled();
    expect(cancelled).toHaveBeenLastCalledWith({}, 'ses_1', '');
    get.mockResolvedValue(aSession('ses_1', { unended_children: 2 }));
    ask.mockResolvedValue(null);
    await model.cancel(ask);
    expect(ask).toHaveBeenLastCalledWith(2);
    expect(cancelled).toHaveBeenCalledTimes(1);
    ask.mockResolvedValue('with children');
    await model.cancel(ask);
    expect(cancelled).toHaveBeenLastCalledWith({}, 'ses_1', '?children=true');
  });

  it('has what it asks people while it waits', async () => {
    expect(model.inquiries.map(({ id }) => id)).toEqual(['inq_1']);
    expect(asked).toHaveBeenLastCalledWith({ session_id: 'ses_1', status: 'pending', limit: 50 });
    asked.mockReturnValue(page([]));
    feed.send(inquiryChange('inq_1'));
    await pass(500);
    expect(model.inquiries).toEqual([]);
  });

  it('has what a durable session has saved, and asks nobody else for it', async () => {
    expect(checkpoints).not.toHaveBeenCalled();
    expect(steps).not.toHaveBeenCalled();
    get.mockResolvedValue(aSession('ses_1', { is_durable: true }));
    await model.refresh();
    expect(model.checkpoints).toEqual([aCheckpoint()]);
    expect(model.steps).toEqual([aStep()]);
  });

  it('fetches its steps alone when only these are new', async () => {
    feed.send({
      ...sessionLogChange('ses_1'),
      activity: 'steps',
      content: { steps: 1 }
    });
    await pass(600);
    expect(model.steps).toEqual([aStep()]);
    expect(get).toHaveBeenCalledTimes(1);
  });

  it('goes on from a cell, once what is open is saved where its files are to be those of now', async () => {
    const save = jest.fn(() => Promise.resolve());
    const documents = { isUnsaved: () => true, save };
    expect((await model.resume({ from_cell: 2 }, documents)).id).toBe('ses_2');
    expect(save).not.toHaveBeenCalled();
    await model.resume({ files: 'now' }, documents);
    expect(save).toHaveBeenCalledTimes(1);
    expect(going).toHaveBeenLastCalledWith({ files: 'now' }, 'ses_1');
  });

  it('finds the executed notebook and the report among the artifacts', () => {
    expect(model.notebook?.id).toBe('b');
    expect(model.report?.id).toBe('a');
  });

  it('appends to the log, and fetches nothing else, when only the log grew', async () => {
    log.mockResolvedValue(page([entry(2), entry(3)]));
    feed.send(sessionLogChange('ses_1'));
    await pass(600);
    expect(model.log.map(item => item.seq)).toEqual([1, 2, 3]);
    expect(get).toHaveBeenCalledTimes(1);
  });

  it('ignores the changes of other sessions', async () => {
    const drawn = jest.fn();
    model.changed.connect(drawn);
    feed.send(sessionChange('ses_2', { status: 'failed' }));
    feed.send(artifactChange('ses_2'));
    await pass(500);
    expect(drawn).not.toHaveBeenCalled();
  });

  it('shows a new status before the rest is fetched', () => {
    feed.send(sessionChange('ses_1', { status: 'canceling' }));
    expect(model.session?.status).toBe('canceling');
  });

  it.each(['created', 'deleted'] as const)(
    'shows its artifacts as they are after one of them is %s',
    async activity => {
      list.mockResolvedValue(page([anArtifact('c', { name: 'table.csv' })]));
      feed.send(artifactChange('ses_1', activity));
      await pass(500);
      expect(model.artifacts.map(item => item.id)).toEqual(['c']);
    }
  );
});
