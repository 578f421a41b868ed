/** Times of day in a time zone, and back; `schedule` calls this. */
import type { CalendarDay } from "./cron-fields.ts";

export interface LocalTime extends CalendarDay {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** The zone as the platform knows it, or null for a name that it does not. */
export function knownZone(name: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    return null;
  }
}

export function localTime(zone: Intl.DateTimeFormat, atMs: number): LocalTime {
  const parts = Object.fromEntries(zone.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return { year, month, day, hour, minute, second };
}

const asUtc = ({ year, month, day, hour, minute, second }: LocalTime) =>
  Date.UTC(year, month - 1, day, hour, minute, second);

/** When the clocks there say so. A time that they skip comes as much later; of one that they show twice it is the first. */
export function momentOf(zone: Intl.DateTimeFormat, time: LocalTime): number {
  const utc = asUtc(time);
  const offsetAt = (atMs: number) => asUtc(localTime(zone, atMs)) - Math.floor(atMs / 1_000) * 1_000;
  // Clocks change by an hour or so: the offsets of the day before and after are all that there may be.
  const before = offsetAt(utc - DAY_MS);
  const after = offsetAt(utc + DAY_MS);
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetAt(utc - offset) === offset) return utc - offset;
  }
  return utc - before;
}

const DAY_MS = 86_400_000;
