/** When a schedule fires, as the form asks for it, and the cron text that means the same. */
import { ISchedule } from '../api/triggers';

export type RhythmKind =
  'hourly' | 'daily' | 'weekdays' | 'weekly' | 'monthly' | 'cron' | 'every' | 'once';

/** All that the form can hold; only what its kind needs is read. */
export interface IRhythm {
  kind: RhythmKind;
  /** Minute of the hour, 0 to 59. */
  minute: number;
  /** Hour and minute, `HH:MM`. */
  time: string;
  /** Day of the week, 0 (Sunday) to 6. */
  weekday: number;
  /** Day of the month, 1 to 31. */
  date: number;
  cron: string;
  /** A length of time, like `90s` or `15m`. */
  every: string;
  /** A date and time in the schedule's zone, `YYYY-MM-DDTHH:MM`. */
  at: string;
}

export const DEFAULT_RHYTHM: IRhythm = {
  kind: 'daily',
  minute: 0,
  time: '06:00',
  weekday: 1,
  date: 1,
  cron: '0 6 * * MON-FRI',
  every: '15m',
  at: ''
};

export type ScheduleBody = Pick<ISchedule, 'cron' | 'every' | 'at'>;

/** The schedule as the API takes it. */
export function asSchedule(rhythm: IRhythm): ScheduleBody {
  const none: ScheduleBody = { cron: null, every: null, at: null };
  switch (rhythm.kind) {
    case 'every':
      return { ...none, every: rhythm.every.trim() };
    case 'once':
      return { ...none, at: rhythm.at };
    default:
      return { ...none, cron: asCron(rhythm) };
  }
}

/** The cron text of a rhythm that has one. */
export function asCron(rhythm: IRhythm): string {
  const [hour, minute] = rhythm.time.split(':').map(Number);
  switch (rhythm.kind) {
    case 'hourly':
      return `${rhythm.minute} * * * *`;
    case 'daily':
      return `${minute} ${hour} * * *`;
    case 'weekdays':
      return `${minute} ${hour} * * MON-FRI`;
    case 'weekly':
      return `${minute} ${hour} * * ${rhythm.weekday}`;
    case 'monthly':
      return `${minute} ${hour} ${rhythm.date} * *`;
    default:
      return rhythm.cron.trim();
  }
}

/** The form's state for a schedule that exists. */
export function asRhythm(schedule: ISchedule): IRhythm {
  if (schedule.every) {
    return { ...DEFAULT_RHYTHM, kind: 'every', every: schedule.every };
  }
  if (schedule.at) {
    return { ...DEFAULT_RHYTHM, kind: 'once', at: localTime(schedule.at, schedule.timezone) };
  }
  const cron = schedule.cron ?? DEFAULT_RHYTHM.cron;
  return { ...DEFAULT_RHYTHM, cron, ...recognised(cron) };
}

/** A date as `YYYY-MM-DDTHH:MM` in a zone; a date without an offset is in that zone already. */
function localTime(at: string, zone: string | null): string {
  if (!/(Z|[+-]\d{2}:?\d{2})$/i.test(at)) {
    return at.slice(0, 16).replace(' ', 'T');
  }
  // Swedish dates are written as ISO writes them.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone ?? 'UTC',
    dateStyle: 'short',
    timeStyle: 'short'
  });
  return format.format(Date.parse(at)).replace(' ', 'T');
}

/** The simple kind that a cron text is, if it is one. */
function recognised(cron: string): Partial<IRhythm> & { kind: RhythmKind } {
  const simple = /^(\d{1,2}) (\d{1,2}|\*) (\d{1,2}|\*) \* (\*|[0-7]|MON-FRI|1-5)$/i.exec(
    cron.trim()
  );
  if (!simple) {
    return { kind: 'cron' };
  }
  const [minute, hour, date, weekday] = simple.slice(1);
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
  if (hour === '*') {
    return date === '*' && weekday === '*'
      ? { kind: 'hourly', minute: Number(minute) }
      : { kind: 'cron' };
  }
  if (date !== '*') {
    return weekday === '*' ? { kind: 'monthly', date: Number(date), time } : { kind: 'cron' };
  }
  if (weekday === '*') {
    return { kind: 'daily', time };
  }
  return /^[0-7]$/.test(weekday)
    ? { kind: 'weekly', weekday: Number(weekday) % 7, time }
    : { kind: 'weekdays', time };
}

/** The zones that this browser knows. */
export function zones(): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  return known.includes('UTC') ? known : ['UTC', ...known];
}
