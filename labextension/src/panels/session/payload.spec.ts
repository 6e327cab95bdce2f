import { payloadOf } from './payload';

it('sends JSON as what it is, and anything else as the text that was typed', () => {
  expect(payloadOf('{"ok": true}')).toEqual({ ok: true });
  expect(payloadOf('5')).toBe(5);
  expect(payloadOf(' yes, go ')).toBe('yes, go');
  expect(payloadOf('  ')).toBeNull();
});
