/** Reads when a scheduled action acts, and decides when it does next; the api and the autoscaler call this. */
import { type CalendarDay, type CronFields, dayAfter, parseCron } from "./cron-fields.ts";
import { knownZone, type LocalTime, localTime, momentOf } from "./local-time.ts";

export type Schedule =
  | { readonly kind: "at"; readonly time: LocalTime }
  | { readonly kind: "rate"; readonly everyMs: number }
  | { readonly kind: "cron"; readonly fields: CronFields };

const UNITS_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;
const AT = /^at\((\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\)$/;
const RATE = /^rate\((\d{1,6}) (minute|hour|day)(s?)\)$/;
const CRON = /^cron\(([^()]*)\)$/;
/** An expression that names no day in so many is done: the 29th of February comes every eight years at the latest. */
const DAYS_MAX = 366 * 9;

/** Null when the text is no schedule. */
export function parseSchedule(text: string): Schedule | null {
  const at = AT.exec(text);
  if (at) return parseAt(at.slice(1).map(Number));
  const [, count = "", unit, plural] = RATE.exec(text) ?? [];
  if (unit) {
    const isWellSaid = Number(count) > 0 && (Number(count) === 1) === (plural === "");
    return isWellSaid
      ? { kind: "rate", everyMs: Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS] }
      : null;
  }
  const fields = parseCron(CRON.exec(text)?.[1] ?? "");
  return fields && { kind: "cron", fields };
}

function parseAt([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]: readonly number[]) {
  const time = { year, month, day, hour, minute, second };
  const read = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal = read.getUTCMonth() === month - 1 && read.getUTCDate() === day && hour < 24 && minute < 60;
  return isReal && second < 60 ? ({ kind: "at", time } as const) : null;
}

export const isKnownZone = (name: string): boolean => knownZone(name) !== null;

export interface ActionTimes {
  readonly schedule: Schedule;
  readonly timezone: string | null;
  /** Rates count from here. */
  readonly sinceMs: number;
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** The first time after `afterMs` that lies within start and end; null when there is none. */
export function nextTime(times: ActionTimes, afterMs: number): number | null {
  const { startMs, endMs } = times;
  const earliestMs = Math.max(afterMs, (startMs ?? 0) - 1);
  const next = following(times, earliestMs);
  return next === null || (endMs !== null && next > endMs) ? null : next;
}

function following({ schedule, timezone, sinceMs, startMs }: ActionTimes, afterMs: number): number | null {
  const zone = knownZone(timezone ?? "UTC");
  if (!zone) return null;
  switch (schedule.kind) {
    case "at": {
      const atMs = momentOf(zone, schedule.time);
      return atMs > afterMs ? atMs : null;
    }
    case "rate": {
      const { everyMs } = schedule;
      const anchorMs = startMs ?? sinceMs;
      const passed = Math.max(startMs === null ? 1 : 0, Math.floor((afterMs - anchorMs) / everyMs) + 1);
      return anchorMs + passed * everyMs;
    }
    default:
      return followingCron(schedule.fields, zone, afterMs);
  }
}

function followingCron(fields: CronFields, zone: Intl.DateTimeFormat, afterMs: number): number | null {
  const now = localTime(zone, afterMs);
  let day: CalendarDay = now;
  for (let n = 0; n < DAYS_MAX && day.year <= fields.lastYear; n++, day = dayAfter(day)) {
    if (!fields.allowsDay(day)) continue;
    // Clocks may go back by an hour, never by more than a few.
    const hours = n === 0 ? fields.hours.filter((hour) => hour >= now.hour - 3) : fields.hours;
    const atMs = firstOfDay(zone, { day, hours, minutes: fields.minutes }, afterMs);
    if (atMs !== null) return atMs;
  }
  return null;
}

interface TimesOfDay extends Pick<CronFields, "hours" | "minutes"> {
  readonly day: CalendarDay;
}

function firstOfDay(
  zone: Intl.DateTimeFormat,
  { day: { year, month, day }, hours, minutes }: TimesOfDay,
  afterMs: number,
): number | null {
  for (const hour of hours) {
    for (const minute of minutes) {
      const atMs = momentOf(zone, { year, month, day, hour, minute, second: 0 });
      if (atMs > afterMs) return atMs;
    }
  }
  return null;
}
