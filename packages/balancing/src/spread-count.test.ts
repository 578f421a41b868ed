import fc from "fast-check";
import { expect, test } from "vitest";
import { spreadCount } from "./spread-count.ts";

const MINUTE = 60_000;

test("what was counted within a minute is that minute's", () => {
  expect(spreadCount(7, { fromMs: 61_000, toMs: 64_000, minuteMs: MINUTE })).toEqual([
    { atMs: MINUTE, count: 7 },
  ]);
});

test("what was counted over several is theirs in proportion to time", () => {
  expect(spreadCount(120, { fromMs: 30_000, toMs: 150_000, minuteMs: MINUTE })).toEqual([
    { atMs: 0, count: 30 },
    { atMs: MINUTE, count: 60 },
    { atMs: 2 * MINUTE, count: 30 },
  ]);
});

test("nothing is lost and nothing is counted twice, whatever the times", () => {
  const time = fc.integer({ min: 0, max: 3_600_000 });
  fc.assert(
    fc.property(fc.nat(1_000_000), time, time, (count, a, b) => {
      const minutes = spreadCount(count, { fromMs: Math.min(a, b), toMs: Math.max(a, b), minuteMs: MINUTE });
      expect(minutes.reduce((sum, minute) => sum + minute.count, 0)).toBe(count);
      for (const { count: share } of minutes) expect(share).toBeGreaterThanOrEqual(0);
    }),
  );
});
