/** Times and lengths of time in words. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', 1]
];

const relativeWords = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const DAY_AND_MINUTE: Intl.DateTimeFormatOptions = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit'
};

/** "in 3 min.", "2 hr. ago"; past a week, the day. `now` in milliseconds. */
export function relative(iso: string, now: number): string {
  const seconds = (Date.parse(iso) - now) / 1000;
  if (Math.abs(seconds) >= 7 * DAY) {
    return date.format(Date.parse(iso));
  }
  const [unit, size] =
    UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[UNITS.length - 1];
  const count = unit === 'day' ? midnights(iso, now) : Math.trunc(seconds / size);
  return relativeWords.format(count, unit);
}

/** Days in the calendar from now to then: 30 hours may be "tomorrow" or "in 2 days". */
function midnights(iso: string, now: number): number {
  const [then, today] = [new Date(iso), new Date(now)].map(date =>
    Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  );
  return (then - today) / DAY / 1000;
}

/** Weekday, date and minute in a zone that is said beside it; the year where it is not this one. */
export function momentIn(iso: string, timeZone: string, now = Date.now()): string {
  return formatted(iso, now, { timeZone });
}

/** Weekday, date, minute and zone, which is the browser's; the year where it is not this one. */
export function moment(iso: string, now = Date.now()): string {
  return formatted(iso, now, { timeZoneName: 'short' });
}

function formatted(iso: string, now: number, more: Intl.DateTimeFormatOptions): string {
  const then = new Date(iso);
  const isThisYear = then.getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(undefined, {
    ...DAY_AND_MINUTE,
    ...(isThisYear ? {} : { year: 'numeric' }),
    ...more
  }).format(then);
}

/** The zone of this browser, as the IANA names it. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

/** Hour, minute and second in the browser's zone, which is said beside it. */
export function time(iso: string): string {
  return clock.format(Date.parse(iso));
}

/** The full date and time with its zone, for the tooltip of a shorter form. */
export function precise(iso: string): string {
  return full.format(Date.parse(iso));
}

/** "40 ms", "0.2 s", "12 s", "3 min 05 s", "2 h 10 min". */
export function duration(seconds: number): string {
  if (seconds < 0.1) {
    return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  }
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < MINUTE) {
    return `${whole} s`;
  }
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < HOUR) {
    return `${Math.floor(whole / MINUTE)} min ${two(whole % MINUTE)} s`;
  }
  return `${Math.floor(whole / HOUR)} h ${two(Math.floor((whole % HOUR) / MINUTE))} min`;
}

/** Seconds from one moment to another; to `now` (milliseconds) where it has not ended. */
export function elapsed(start: string | null, end: string | null, now: number): number | null {
  return start ? ((end ? Date.parse(end) : now) - Date.parse(start)) / 1000 : null;
}

/** "812 B", "1.4 kB", "23 MB". */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
