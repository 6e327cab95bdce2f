import { bytes, duration, elapsed, moment, momentIn, relative } from './times';

const NOW = Date.parse('2026-01-01T12:00:00Z');

describe('times in words', () => {
  it.each([
    [0.04, '40 ms'],
    [9.94, '9.9 s'],
    [59.4, '59 s'],
    [185, '3 min 05 s'],
    [7800, '2 h 10 min']
  ])('duration(%d)', (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });

  it('is how far off a moment is, or its date when that is long', () => {
    expect(relative('2026-01-01T12:03:30Z', NOW)).toMatch(/in 3 min/);
    expect(relative('2026-01-01T10:00:00Z', NOW)).toMatch(/2 hr/);
    expect(relative('2026-03-01T10:00:00Z', NOW)).toMatch(/Mar/);
  });

  it('is the time in another zone', () => {
    expect(momentIn('2026-01-01T05:00:00Z', 'Europe/Berlin')).toMatch(/Jan.*0?6:00/);
    expect(momentIn('2026-01-01T05:00:00Z', 'Asia/Tokyo')).toMatch(/Jan.*0?2:00/);
  });

  it('says the zone of a time that stands alone', () => {
    expect(moment('2026-01-01T05:00:00Z')).toMatch(/Jan.*:00.*(UTC|GMT|[A-Z]{2,5})$/);
  });

  it('says the year where it is not this one', () => {
    expect(moment('2026-07-01T05:00:00Z', NOW)).not.toMatch(/2026/);
    expect(moment('2060-07-01T05:00:00Z', NOW)).toMatch(/2060/);
    expect(momentIn('2060-07-01T05:00:00Z', 'Asia/Tokyo', NOW)).toMatch(/2060/);
  });

  it('counts days as the calendar does', () => {
    const at = (day: number, hour: number): string => new Date(2026, 0, day, hour).toISOString();
    const late = new Date(2026, 0, 1, 20).getTime();
    expect(relative(at(2, 21), late)).toBe('tomorrow');
    expect(relative(at(3, 1), late)).toBe('in 2 days');
  });

  it('counts to now while something runs', () => {
    expect(elapsed('2026-01-01T11:59:50Z', null, NOW)).toBe(10);
    expect(elapsed(null, null, NOW)).toBeNull();
  });

  it.each([
    [812, '812 B'],
    [1400, '1.4 kB'],
    [23_000_000, '23 MB']
  ])('bytes(%d)', (size, words) => {
    expect(bytes(size)).toBe(words);
  });
});
