import { simulation } from './simulated-event';
import { anEvent } from './testing/events';

describe('simulation', () => {
  it('is one line of Python that holds the whole event as a text', () => {
    const code = simulation(anEvent('evt_1', { data: { json: { text: 'a"\n\'\\' } } }));
    expect(code).not.toContain('\n');
    const text = /loads\((.*)\)\)$/.exec(code)![1];
    expect(JSON.parse(JSON.parse(text) as string)).toMatchObject({
      id: 'evt_1',
      data: { json: { text: 'a"\n\'\\' } }
    });
  });

  it('keeps integers that are too long for a number', () => {
    const code = simulation(anEvent('evt_1', { data: { n: 12345678901234567890n } }));
    expect(code).toContain('\\"n\\":12345678901234567890');
  });
});
