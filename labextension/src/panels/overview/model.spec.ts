import { IChange } from '../../api/stream';
import { ManualStream, aSession, aTrigger, clientWith, page, settled } from '../../testing';
import { byNextFire } from '../triggers/model';
import { OverviewModel, withResult } from './model';

describe('byNextFire', () => {
  it('puts what fires next first, what is disabled last', () => {
    const triggers = [
      aTrigger('off', { enabled: false, next_fire: '2026-01-01T00:00:00Z' }),
      aTrigger('hook'),
      aTrigger('late', { next_fire: '2026-01-03T00:00:00Z' }),
      aTrigger('by-hand'),
      aTrigger('soon', { next_fire: '2026-01-02T00:00:00Z' })
    ];
    expect(triggers.sort(byNextFire).map(item => item.id)).toEqual([
      'soon',
      'late',
      'by-hand',
      'hook',
      'off'
    ]);
  });
});

describe('withResult', () => {
  it('colours the bar of the session that changed', () => {
    const trigger = aTrigger('a', { recent: [{ id: 'ses_1', status: 'scheduled' }] });
    const change = (id: string): IChange => ({
      seq: 1,
      channel: 'sessions',
      id,
      activity: 'updated',
      content: { status: 'running' },
      at: ''
    });
    expect(withResult(trigger, change('ses_1')).recent[0].status).toBe('running');
    expect(withResult(trigger, change('ses_2'))).toBe(trigger);
  });
});

describe('OverviewModel', () => {
  it('follows what runs without asking, until it ends', async () => {
    const list = jest.fn().mockResolvedValue(page([aSession('ses_1')]));
    const stream = new ManualStream();
    const client = clientWith({
      sessions: { list },
      triggers: { list: () => Promise.resolve(page([])) }
    });
    const model = new OverviewModel(client, stream);
    model.setActive(true);
    await settled();
    const before = list.mock.calls.length;
    stream.send({
      channel: 'sessions',
      id: 'ses_1',
      activity: 'cell',
      content: { current_cell: 2 }
    });
    expect(model.running[0].current_cell).toBe(2);
    await new Promise(resolve => setTimeout(resolve, 600));
    expect(list.mock.calls).toHaveLength(before);
    stream.send({ channel: 'sessions', id: 'ses_1', content: { status: 'failed' } });
    await new Promise(resolve => setTimeout(resolve, 600));
    expect(list.mock.calls.length).toBeGreaterThan(before);
    model.dispose();
  });

  it('asks again when a cell began while the list was on its way', async () => {
    let late: (value: unknown) => void = () => undefined;
    const list = jest.fn().mockReturnValueOnce(new Promise(resolve => (late = resolve)));
    list.mockResolvedValue(page([aSession('ses_1', { current_cell: 2 })]));
    const stream = new ManualStream();
    const client = clientWith({
      sessions: { list },
      triggers: { list: () => Promise.resolve(page([])) }
    });
    const model = new OverviewModel(client, stream);
    model.setActive(true);
    stream.send({
      channel: 'sessions',
      id: 'ses_1',
      activity: 'cell',
      content: { current_cell: 2 }
    });
    late(page([aSession('ses_1', { current_cell: 1 })]));
    await new Promise(resolve => setTimeout(resolve, 600));
    expect(model.running[0].current_cell).toBe(2);
    model.dispose();
  });
});
