import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isKnownZone, nextTime, parseSchedule } from "./schedule.ts";

const at = (text: string) => Date.parse(text);
function next(
  expression: string,
  after: string,
  more: { timezone?: string; start?: string; end?: string; since?: string } = {},
): string | null {
  const schedule = parseSchedule(expression);
  if (!schedule) throw new Error(`no schedule: ${expression}`);
  const times = {
    schedule,
    timezone: more.timezone ?? null,
    sinceMs: at(more.since ?? "2026-01-01T00:00:00Z"),
    startMs: more.start ? at(more.start) : null,
    endMs: more.end ? at(more.end) : null,
  };
  const found = nextTime(times, at(after));
  return found === null ? null : new Date(found).toISOString().replace(".000Z", "Z");
}

describe("a schedule", () => {
  test.each([
    // expression, after, next
    ["at(2026-05-01T08:00:00)", "2026-04-30T00:00:00Z", "2026-05-01T08:00:00Z"],
    ["at(2026-05-01T08:00:00)", "2026-05-01T08:00:00Z", null],
    ["rate(5 minutes)", "2026-01-01T00:07:30Z", "2026-01-01T00:10:00Z"],
    ["rate(1 hour)", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"],
    ["rate(2 days)", "2026-01-02T12:00:00Z", "2026-01-03T00:00:00Z"],
    ["cron(0 9 * * ? *)", "2026-03-10T09:00:00Z", "2026-03-11T09:00:00Z"],
    ["cron(*/15 * * * ? *)", "2026-03-10T09:46:10Z", "2026-03-10T10:00:00Z"],
    ["cron(5/20 8-9 * * ? *)", "2026-03-10T09:46:00Z", "2026-03-11T08:05:00Z"],
    ["cron(30 18 ? * MON-FRI *)", "2026-03-13T18:30:00Z", "2026-03-16T18:30:00Z"],
    ["cron(0 0 ? * 1 *)", "2026-03-10T00:00:00Z", "2026-03-15T00:00:00Z"],
    ["cron(0 0 ? * 6L *)", "2026-03-10T00:00:00Z", "2026-03-27T00:00:00Z"],
    ["cron(0 0 ? * TUE#2 *)", "2026-03-11T00:00:00Z", "2026-04-14T00:00:00Z"],
    ["cron(0 0 L * ? *)", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"],
    ["cron(0 0 1W * ? *)", "2026-08-01T00:00:00Z", "2026-08-03T00:00:00Z"],
    ["cron(0 0 29 2 ? *)", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"],
    ["cron(0 12 1 jan,jul ? 2026-2027)", "2026-07-01T12:00:00Z", "2027-01-01T12:00:00Z"],
    ["cron(0 12 1 1 ? 2026)", "2026-07-01T12:00:00Z", null],
    ["cron(0 0 30 2 ? *)", "2026-01-01T00:00:00Z", null],
  ])("%s after %s is due at %s", (expression, after, due) => expect(next(expression, after)).toBe(due));

  test.each([
    ["in winter", "2026-01-10T00:00:00Z", "2026-01-10T08:00:00Z"],
    ["in summer", "2026-07-10T00:00:00Z", "2026-07-10T07:00:00Z"],
  ])("at nine in Paris is %s", (_when, after, due) => {
    expect(next("cron(0 9 * * ? *)", after, { timezone: "Europe/Paris" })).toBe(due);
  });

  test("at a time that the clocks skip is as much later, and at one that they show twice the first", () => {
    const there = { timezone: "America/New_York" };
    expect(next("cron(30 2 * * ? *)", "2026-03-08T06:00:00Z", there)).toBe("2026-03-08T07:30:00Z");
    expect(next("cron(30 1 * * ? *)", "2026-11-01T00:00:00Z", there)).toBe("2026-11-01T05:30:00Z");
    expect(next("cron(30 1 * * ? *)", "2026-11-01T05:30:00Z", there)).toBe("2026-11-02T06:30:00Z");
  });

  test("begins at its start and stops at its end", () => {
    const daily = "cron(0 9 * * ? *)";
    const start = "2026-05-01T09:00:00Z";
    expect(next(daily, "2026-03-01T00:00:00Z", { start })).toBe(start);
    expect(next("rate(7 hours)", "2026-03-01T00:00:00Z", { start })).toBe(start);
    expect(next("rate(7 hours)", start, { start })).toBe("2026-05-01T16:00:00Z");
    expect(next(daily, "2026-03-01T10:00:00Z", { end: "2026-03-02T09:00:00Z" })).toBe("2026-03-02T09:00:00Z");
    expect(next(daily, "2026-03-02T09:00:00Z", { end: "2026-03-02T10:00:00Z" })).toBeNull();
  });

  test("is always later, and nothing lies between", () => {
    const zone = fc.constantFrom(
      "UTC",
      "Europe/Paris",
      "America/New_York",
      "Asia/Kolkata",
      "Australia/Lord_Howe",
    );
    const moment = fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2027-12-31T00:00:00Z") });
    const schedule = parseSchedule("cron(0/30 * * * ? *)");
    if (!schedule) throw new Error("no schedule");
    fc.assert(
      fc.property(zone, moment, (timezone, afterMs) => {
        const times = { schedule, timezone, sinceMs: 0, startMs: null, endMs: null };
        const due = nextTime(times, afterMs);
        expect(due).toBeGreaterThan(afterMs);
        // Clocks that go back show an hour twice, which counts once.
        expect((due ?? 0) - afterMs).toBeLessThanOrEqual(5_400_000);
      }),
      { numRuns: 200 },
    );
  });
});

test.each([
  "",
  "every day",
  "rate(0 minutes)",
  "rate(1 minutes)",
  "rate(5 minute)",
  "rate(5 weeks)",
  "at(2026-02-30T00:00:00)",
  "at(2026-01-01)",
  "cron(0 9 * * *)",
  "cron(0 9 * * * *)",
  "cron(0 9 ? * ? *)",
  "cron(60 9 * * ? *)",
  "cron(0 9 * 13 ? *)",
  "cron(0 9 5-1 * ? *)",
  "cron(0 9 ? * 8 *)",
  "cron(0 9 */0 * ? *)",
])("%j is no schedule", (text) => expect(parseSchedule(text)).toBeNull());

test("zones are known by their names", () => {
  expect([isKnownZone("Etc/UTC"), isKnownZone("Europe/Paris"), isKnownZone("Mars/Base")]).toEqual([
    true,
    true,
    false,
  ]);
});
