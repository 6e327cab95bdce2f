import { ILogEntry } from '../../api/types';
import { ManualStream, aSession, anArtifact, clientWith, page, settled } from '../../testing';
import { shortName } from '../sessions/model';
import { SessionModel, canCancel } from './model';

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
  let stream: ManualStream;
  let model: SessionModel;

  beforeEach(async () => {
    get.mockReset().mockResolvedValue(aSession('ses_1'));
    cells.mockReset().mockResolvedValue(page([]));
    log
      .mockReset()
      .mockImplementation((_: string, after: number) =>
        Promise.resolve(page(after === 0 ? [entry(1), entry(2)] : []))
      );
    list
      .mockReset()
      .mockResolvedValue(
        page([
          anArtifact('a', { name: 'report.html', media_type: 'text/html' }),
          anArtifact('b', { name: 'report.ipynb' })
        ])
      );
    stream = new ManualStream();
    const client = clientWith({ sessions: { get, cells, log }, artifacts: { list } });
    model = new SessionModel(client, stream, 'ses_1');
    model.setActive(true);
    await settled();
  });

  afterEach(() => model.dispose());

  it('finds the executed notebook and the report among the artifacts', () => {
    expect(model.notebook?.id).toBe('b');
    expect(model.report?.id).toBe('a');
  });

  it('appends to the log, and asks for nothing else, when only the log grew', async () => {
    log.mockResolvedValue(page([entry(2), entry(3)]));
    stream.send({ channel: 'sessions', id: 'ses_1', activity: 'log' });
    await new Promise(resolve => setTimeout(resolve, 600));
    expect(model.log.map(item => item.seq)).toEqual([1, 2, 3]);
    expect(get).toHaveBeenCalledTimes(1);
  });

  it('takes no notice of other sessions', () => {
    const drawn = jest.fn();
    model.changed.connect(drawn);
    stream.send({ channel: 'sessions', id: 'ses_2', content: { status: 'failed' } });
    expect(drawn).not.toHaveBeenCalled();
  });

  it('shows a new status before the rest is fetched', () => {
    stream.send({ channel: 'sessions', id: 'ses_1', content: { status: 'canceling' } });
    expect(model.session?.status).toBe('canceling');
    expect(canCancel(model.session!)).toBe(false);
  });

  it('is named after its trigger, or its file', () => {
    expect(shortName(aSession('1'))).toBe('nightly');
    expect(shortName(aSession('1', { trigger: null, call: 'a/b.ipynb' }))).toBe('b.ipynb');
  });
});
