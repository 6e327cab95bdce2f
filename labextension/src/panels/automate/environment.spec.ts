import { aTrigger } from '../../testing/triggers';
import { NO_ENVIRONMENT, asEnvironment, environmentDraft } from './environment';

const ENV = { MODE: 'a = b', KEY: { variable: 'STRIPE_KEY' } };

it('is the same after it was shown in the form', () => {
  const trigger = aTrigger('one', { kernel_name: 'ir', env: ENV, memory: 2 * 1024 ** 3 });
  const draft = environmentDraft(trigger);
  expect(draft).toEqual({
    kernel: 'ir',
    env: 'MODE=a = b\nKEY from STRIPE_KEY',
    memory: '2 GiB'
  });
  expect(asEnvironment(draft)).toEqual({ kernel_name: 'ir', env: ENV, memory: '2 GiB' });
});

it.each([
  [null, ''],
  [300 * 1024 ** 2, '300 MiB'],
  [5_000_000_000, '5000000000']
])('writes %p bytes so that they stay as many', (memory, text) => {
  expect(environmentDraft(aTrigger('one', { memory })).memory).toBe(text);
});

it('is nothing where nothing was filled in', () => {
  expect(asEnvironment({ ...NO_ENVIRONMENT, env: '\n  \n' })).toEqual({
    kernel_name: null,
    env: {},
    memory: null
  });
});

it('leaves to the server what a line without a value is', () => {
  expect(asEnvironment({ ...NO_ENVIRONMENT, env: 'API KEY' }).env).toEqual({ 'API KEY': '' });
});
