import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { trackedCount } from "./target-tracking.ts";

describe("the count at which a metric is at its target", () => {
  test.each([
    // running, value, target, count
    [2, 90, 60, 3],
    [4, 60, 60, 4],
    [4, 61, 60, 5],
    [6, 20, 60, 2],
    [6, 21, 60, 3],
    [3, 0, 60, 0],
    [10, 0.3, 0.1, 30],
    [0, 100, 60, 1],
    [0, 0, 60, 0],
  ])("of %i tasks at %d for a target of %d is %i", (running, value, target, count) => {
    expect(trackedCount(running, value, target)).toBe(count);
  });

  const cases = [
    fc.integer({ min: 1, max: 500 }),
    fc.double({ min: 0, max: 1_000, noNaN: true }),
    fc.double({ min: 0.5, max: 1_000, noNaN: true }),
  ] as const;

  test("never leaves the shared load above the target, nor a task that it could do without", () => {
    fc.assert(
      fc.property(...cases, (running, value, target) => {
        const count = trackedCount(running, value, target);
        const load = running * value;
        expect(load).toBeLessThanOrEqual(count * target * (1 + 1e-6) + 1e-6);
        if (count > 0) expect(load).toBeGreaterThan((count - 1) * target * (1 - 1e-6));
      }),
    );
  });

  test("grows with the metric", () => {
    fc.assert(
      fc.property(
        ...cases,
        fc.double({ min: 0, max: 1_000, noNaN: true }),
        (running, value, target, more) => {
          expect(trackedCount(running, value + more, target)).toBeGreaterThanOrEqual(
            trackedCount(running, value, target),
          );
        },
      ),
    );
  });
});
