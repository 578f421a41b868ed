import { expect, test } from "vitest";
import { activityEnd } from "./progress.ts";

const change = { toCount: 4, startedAtMs: 1_000 };
const service = (desiredCount: number, runningCount: number) => ({ desiredCount, runningCount });
const HOUR_MS = 3_600_000;

test.each([
  ["goes on while tasks start", service(4, 2), 2_000, null],
  ["goes on while tasks stop", service(4, 6), 2_000, null],
  ["is successful when as many run", service(4, 4), 2_000, "Successful"],
  ["is overridden by another count", service(5, 4), 2_000, "Overridden"],
  ["fails with its service", null, 2_000, "Failed"],
  ["is given up after an hour", service(4, 2), 1_000 + HOUR_MS, "Unfulfilled"],
  ["is successful however late", service(4, 4), 1_000 + HOUR_MS, "Successful"],
])("a change of the count %s", (_what, now, nowMs, status) => {
  expect(activityEnd(change, now, nowMs)?.status ?? null).toBe(status);
});

test("its end is said in AWS's words", () => {
  expect(activityEnd(change, service(4, 4), 2_000)?.message).toBe(
    "Successfully set desired count to 4. Change successfully fulfilled by ecs.",
  );
});
