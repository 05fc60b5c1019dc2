/** A schedule of the form `{second} {minute} {hour} {day} {month} {day of week}`, in UTC (azure.md 3.3). */
export interface Schedule {
  /** The first occurrence later than `after` (milliseconds since 1970), or undefined where none comes within the next 30 years. */
  next(after: number): number | undefined;
}

interface Field {
  name: string;
  least: number;
  most: number;
  names: readonly string[];
}

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const FIELDS: readonly Field[] = [
  { name: 'second', least: 0, most: 59, names: [] },
  { name: 'minute', least: 0, most: 59, names: [] },
  { name: 'hour', least: 0, most: 23, names: [] },
  { name: 'day', least: 1, most: 31, names: [] },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'day of week', least: 0, most: 6, names: DAYS },
];
const DAY = 86_400_000;
const HORIZON_DAYS = 30 * 366;

/** Parses six fields of lists, ranges, steps and English names; throws one sentence that names the field. */
export function parseNcrontab(expression: string): Schedule {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) {
    throw new Error(`The schedule "${expression}" has ${parts.length} fields; it needs six: second, minute, hour, day, month, day of week.`);
  }
  const sets = FIELDS.map((field, i) => parseField(parts[i] ?? '', field, expression));
  const [seconds, minutes, hours, days, months, weekdays] = sets as [number[], number[], number[], number[], number[], number[]];
  const dayMatches = (day: Date): boolean =>
    months.includes(day.getUTCMonth() + 1) && days.includes(day.getUTCDate()) && weekdays.includes(day.getUTCDay());

  return {
    next: (after) => {
      const from = Math.floor(after / 1000) * 1000 + 1000;
      let midnight = Math.floor(from / DAY) * DAY;
      for (let i = 0; i <= HORIZON_DAYS; i += 1, midnight += DAY) {
        if (!dayMatches(new Date(midnight))) continue;
        const earliest = Math.max(0, from - midnight);
        if (earliest >= DAY) continue;
        const inDay = firstTimeOfDay(earliest / 1000, hours, minutes, seconds);
        if (inDay !== undefined) return midnight + inDay * 1000;
      }
      return undefined;
    },
  };
}

/** The first allowed second of the day at or after `earliest` (seconds since midnight). */
function firstTimeOfDay(earliest: number, hours: number[], minutes: number[], seconds: number[]): number | undefined {
  for (const hour of hours) {
    if (hour * 3600 + 3599 < earliest) continue;
    for (const minute of minutes) {
      const start = hour * 3600 + minute * 60;
      if (start + 59 < earliest) continue;
      for (const second of seconds) if (start + second >= earliest) return start + second;
    }
  }
  return undefined;
}

function parseField(text: string, field: Field, expression: string): number[] {
  const refuse = (): never => {
    throw new Error(`The schedule "${expression}" has "${text}" as its ${field.name}; that field takes ${field.least} to ${field.most}, lists, ranges, steps and "*".`);
  };
  const value = (token: string): number => {
    const named = token.length < 3 ? -1 : field.names.findIndex((name) => name.startsWith(token.toLowerCase()));
    if (named >= 0) return named + field.least;
    return /^\d+$/.test(token) ? Number(token) : refuse();
  };
  const allowed = new Set<number>();
  for (const item of text.split(',')) {
    const parts = /^(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/(\d+))?$/i.exec(item) ?? refuse();
    const [, first = '', last, stepText] = parts;
    const step = stepText === undefined ? 1 : Number(stepText);
    const start = first === '*' ? field.least : value(first);
    // NCrontab reads "5/15" as "from 5 to the end in steps of 15".
    const end = last !== undefined ? value(last) : first === '*' || stepText !== undefined ? field.most : start;
    if (step < 1 || (first === '*' && last !== undefined) || start < field.least || end > field.most || start > end) refuse();
    for (let i = start; i <= end; i += step) allowed.add(i);
  }
  return [...allowed].sort((a, b) => a - b);
}
