import { expect, test } from "vitest";
import { retryDelayMs } from "./delivery-result.ts";

const delay = (
  attempts: number,
  {
    ageSeconds = 0,
    retryAfterMs,
    ...retry
  }: { ageSeconds?: number; retryAfterMs?: number; attemptsMax?: number; ageMaxSeconds?: number } = {},
) =>
  retryDelayMs(
    { attempts, ageSeconds, details: { retry } },
    retryAfterMs === undefined ? {} : { retryAfterMs },
    1_000,
    1,
  );

test("pauses double up to ten minutes", () => {
  expect([1, 2, 3, 10, 11, 100].map((attempts) => delay(attempts))).toEqual([
    1_000, 2_000, 4_000, 512_000, 600_000, 600_000,
  ]);
  expect(retryDelayMs({ attempts: 1, ageSeconds: 0, details: {} }, {}, 1_000, 0)).toBe(500);
});

test("the target's wish to wait is granted", () => expect(delay(1, { retryAfterMs: 7_000 })).toBe(7_000));

test.each([
  ["after 185 retries", delay(186)],
  ["at once where the policy says none", delay(1, { attemptsMax: 0 })],
  ["after a day", delay(3, { ageSeconds: 86_399 })],
  ["when the next would come too late for the policy", delay(1, { ageSeconds: 60, ageMaxSeconds: 60 })],
  ["when the target wishes too long a wait", delay(1, { retryAfterMs: 90_000_000 })],
])("there is no further attempt %s", (_when, next) => expect(next).toBeNull());

test("there is one while a bound is not reached", () => {
  expect(delay(185)).toBe(600_000);
  expect(delay(2, { attemptsMax: 2, ageMaxSeconds: 60, ageSeconds: 50 })).toBe(2_000);
});
