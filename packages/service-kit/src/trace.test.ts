import { expect, test } from "vitest";
import { currentTraceId, currentTraceparent, newTraceparent, withTrace } from "./trace.ts";

const given = `00-${"1".repeat(32)}-${"2".repeat(16)}-01`;

test("a trace context reaches everything awaited under it and nothing else", async () => {
  const [inside, other] = await Promise.all([
    withTrace(given, async () => {
      await Promise.resolve();
      return currentTraceparent();
    }),
    withTrace(undefined, async () => currentTraceId()),
  ]);
  expect(inside).toBe(given);
  expect(other).toMatch(/^[0-9a-f]{32}$/);
  expect(currentTraceparent()).toBeUndefined();
});

test.each(["", "00-xyz", `01-${given}`, `${given}\n`])(
  "a malformed context (%j) is replaced by a new one",
  (bad) => {
    expect(withTrace(bad, currentTraceparent)).not.toBe(bad);
    expect(withTrace(bad, currentTraceparent)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  },
);

test("new contexts differ", () => {
  expect(newTraceparent()).not.toBe(newTraceparent());
});
