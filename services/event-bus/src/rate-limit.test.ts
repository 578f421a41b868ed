import { expect, test } from "vitest";
import { createRateLimit } from "./rate-limit.ts";

test("so many calls a second are let through, those of one destination apart from another's", () => {
  const limit = createRateLimit();
  const taken = (id: string, nowMs: number) => limit.take(id, 2, nowMs);
  expect([taken("a", 0), taken("a", 0), taken("a", 0), taken("b", 0)]).toEqual([0, 0, 500, 0]);
  expect([taken("a", 400), taken("a", 500), taken("a", 500)]).toEqual([100, 0, 500]);
  expect([taken("a", 60_000), taken("a", 60_000), taken("a", 60_000)]).toEqual([0, 0, 500]);
});

test("what is asked for is let through at the rate, however often it is asked for", () => {
  const limit = createRateLimit();
  let calls = 0;
  for (let nowMs = 0; nowMs <= 10_000; nowMs += 7) calls += limit.take("a", 10, nowMs) === 0 ? 1 : 0;
  expect(calls).toBeGreaterThanOrEqual(108);
  expect(calls).toBeLessThanOrEqual(110);
});
