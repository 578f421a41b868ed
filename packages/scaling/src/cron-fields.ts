/**
 * Reads the six fields of a cron expression as AWS writes them (minute, hour, day of month, month, day of week, year) into
 * what each allows; `schedule` calls this. https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
 */

export interface CronFields {
  /** In ascending order. */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  allowsDay(day: CalendarDay): boolean;
  readonly lastYear: number;
}

export interface CalendarDay {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MINUTE: Range = { min: 0, max: 59 };
const HOUR: Range = { min: 0, max: 23 };
const DAY: Range = { min: 1, max: 31 };
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const MONTH: Range = { min: 1, max: 12, names: MONTHS };
/** 1 is Sunday. */
const WEEKDAY: Range = { min: 1, max: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };
const YEAR: Range = { min: 1970, max: 2199 };
const DAY_MS = 86_400_000;
const SUNDAY = 1;
const SATURDAY = 7;

/** Null when the text is no such expression. */
export function parseCron(text: string): CronFields | null {
  const [minute, hour, day, month, weekday, year, ...more] = text.trim().split(/\s+/);
  if (!minute || !hour || !day || !month || !weekday || !year || more.length > 0) return null;
  // One of the two says which days, and the other has nothing to say.
  if ((day === "?") === (weekday === "?")) return null;
  const minutes = numbers(minute, MINUTE);
  const hours = numbers(hour, HOUR);
  const months = numbers(month, MONTH);
  const years = numbers(year, YEAR);
  const allowsDay = day === "?" ? weekdays(weekday) : daysOfMonth(day);
  if (!minutes || !hours || !months || !years || !allowsDay) return null;
  const isMonth = new Set(months);
  const isYear = new Set(years);
  return {
    minutes,
    hours,
    lastYear: years.at(-1) ?? YEAR.min,
    allowsDay: (date) => isYear.has(date.year) && isMonth.has(date.month) && allowsDay(date),
  };
}

type AllowsDay = (date: CalendarDay) => boolean;

function daysOfMonth(field: string): AllowsDay | null {
  return anyOf(field, (item) => {
    if (item === "L") return (date) => date.day === lastDay(date);
    const nearest = /^(\d{1,2}|L)W$/.exec(item)?.[1];
    if (nearest) {
      const wanted = Number(nearest);
      if (nearest !== "L" && (wanted < DAY.min || wanted > DAY.max)) return null;
      return (date) => date.day === nearestWorkday(date, nearest === "L" ? lastDay(date) : wanted);
    }
    const days = item === "?" ? null : numbers(item, DAY);
    return days && (({ day }) => days.includes(day));
  });
}

function weekdays(field: string): AllowsDay | null {
  return anyOf(field, (item) => {
    if (item === "L") return (date) => weekdayOf(date) === SATURDAY;
    const [, last, nth, count] = /^(?:(\w+)L|(\w+)#([1-5]))$/.exec(item) ?? [];
    const weekday = numberOf(last ?? nth ?? "", WEEKDAY);
    if (last && weekday) {
      return (date) => weekdayOf(date) === weekday && date.day > lastDay(date) - 7;
    }
    if (nth && weekday) {
      return (date) => weekdayOf(date) === weekday && Math.ceil(date.day / 7) === Number(count);
    }
    const days = item === "?" ? null : numbers(item, WEEKDAY);
    return days && ((date) => days.includes(weekdayOf(date)));
  });
}

function anyOf(field: string, read: (item: string) => AllowsDay | null): AllowsDay | null {
  const all: AllowsDay[] = [];
  for (const item of field.split(",")) {
    const one = read(item.toUpperCase());
    if (!one) return null;
    all.push(one);
  }
  return (date) => all.some((allows) => allows(date));
}

/** What a list of numbers, names, ranges and steps allows, in ascending order. */
function numbers(field: string, range: Range): readonly number[] | null {
  const found = new Set<number>();
  for (const item of field.toUpperCase().split(",")) {
    const [span = "", step, ...more] = item.split("/");
    const every = step === undefined ? 1 : Number(step);
    if (more.length > 0 || !Number.isInteger(every) || every < 1) return null;
    const ends = endsOf(span, range, step !== undefined);
    if (!ends) return null;
    for (let n = ends.first; n <= ends.last; n += every) found.add(n);
  }
  return [...found].sort((a, b) => a - b);
}

function endsOf(span: string, range: Range, isStepped: boolean) {
  if (span === "*") return { first: range.min, last: range.max };
  const [from = "", to, ...more] = span.split("-");
  const first = numberOf(from, range);
  const last = to === undefined ? (isStepped ? range.max : first) : numberOf(to, range);
  if (first === null || last === null || more.length > 0 || last < first) return null;
  return { first, last };
}

function numberOf(text: string, { min, max, names = [] }: Range): number | null {
  const named = names.indexOf(text);
  if (named >= 0) return named + min;
  if (!/^\d{1,4}$/.test(text)) return null;
  const value = Number(text);
  return value >= min && value <= max ? value : null;
}

const lastDay = ({ year, month }: CalendarDay) => new Date(Date.UTC(year, month, 0)).getUTCDate();

const weekdayOf = ({ year, month, day }: CalendarDay) =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay() + SUNDAY;

/** The day from Monday to Friday that is nearest, in the same month. */
function nearestWorkday(date: CalendarDay, wanted: number): number {
  const last = lastDay(date);
  const day = Math.min(wanted, last);
  const weekday = weekdayOf({ ...date, day });
  if (weekday === SATURDAY) return day > 1 ? day - 1 : day + 2;
  if (weekday === SUNDAY) return day < last ? day + 1 : day - 2;
  return day;
}

/** The calendar's next day. */
export function dayAfter({ year, month, day }: CalendarDay): CalendarDay {
  const next = new Date(Date.UTC(year, month - 1, day) + DAY_MS);
  return { year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate() };
}
