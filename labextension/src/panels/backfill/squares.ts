/** Ticks as rows of squares: a row for each day, or for each week where there is at most one a day. */
import { ITick } from '../../api/backfills';

export interface ISquare {
  readonly tick: ITick;
  /** The time of day in the schedule's zone. */
  readonly clock: string;
}

export interface ISquareRow {
  readonly label: string;
  /** Null where there is none: a day of the week on which nothing ran. */
  readonly squares: readonly (ISquare | null)[];
}

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const DAY = 86_400_000;

interface IPlaced extends ISquare {
  /** Midnight of its day as if that were UTC: days as numbers to count with. */
  readonly day: number;
}

/** The newest row first; within a row the earliest comes first. */
export function rowsOf(ticks: readonly ITick[], zone: string): readonly ISquareRow[] {
  const placed = placedIn(ticks, zone);
  const days = new Map<number, IPlaced[]>();
  for (const one of placed) {
    days.set(one.day, [...(days.get(one.day) ?? []), one]);
  }
  const daily = [...days.values()].every(some => some.length === 1);
  const rows = daily ? weeks(days) : [...days].map(([day, some]) => [day, some] as const);
  return [...rows]
    .sort(([a], [b]) => b - a)
    .map(([day, squares]) => ({ label: daily ? weekOf(day) : dayOf(day), squares }));
}

/** Names of the columns, where they are days of a week. */
export function columnsOf(rows: readonly ISquareRow[]): readonly string[] {
  return rows.length > 0 && rows.every(row => row.label.startsWith('Week')) ? DAYS : [];
}

/** Those from one to the other, whichever is first. */
export function between(ticks: readonly ITick[], one: string, other: string): readonly ITick[] {
  const [first, last] = [one, other].sort();
  return ticks.filter(({ at }) => first <= at && at <= last);
}

function weeks(days: ReadonlyMap<number, readonly IPlaced[]>): [number, (ISquare | null)[]][] {
  const found = new Map<number, (ISquare | null)[]>();
  for (const [day, [square]] of days) {
    const nth = (new Date(day).getUTCDay() + 6) % 7;
    const monday = day - nth * DAY;
    const row = found.get(monday) ?? DAYS.map(() => null);
    row[nth] = square;
    found.set(monday, row);
  }
  return [...found];
}

function placedIn(ticks: readonly ITick[], zone: string): readonly IPlaced[] {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23'
  });
  return ticks.map(tick => {
    const found = Object.fromEntries(
      parts.formatToParts(Date.parse(tick.at)).map(({ type, value }) => [type, value])
    );
    const { year, month, day, hour, minute, second } = found;
    const clock = second === '00' ? `${hour}:${minute}` : `${hour}:${minute}:${second}`;
    return { tick, clock, day: Date.UTC(Number(year), Number(month) - 1, Number(day)) };
  });
}

function dayOf(day: number): string {
  const [weekday, rest] = [{ weekday: 'short' }, { day: 'numeric', month: 'short' }].map(options =>
    new Intl.DateTimeFormat('en', {
      timeZone: 'UTC',
      ...(options as Intl.DateTimeFormatOptions)
    }).format(day)
  );
  return `${weekday} ${rest}`;
}

function weekOf(monday: number): string {
  return `Week of ${dayOf(monday).slice(4)}`;
}
