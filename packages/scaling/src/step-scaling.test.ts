import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StepScaling } from "./scaling-snapshot.ts";
import { adjustedCount, propose, roundedChange, stepFor } from "./step-scaling.ts";

const rule = (more: Partial<StepScaling> = {}): StepScaling => ({
  kind: "step",
  adjustmentType: "ChangeInCapacity",
  steps: [{ lower: 0, upper: null, adjustment: 1 }],
  minAdjustmentMagnitude: null,
  cooldownMs: 300_000,
  ...more,
});

describe("percentages of a task", () => {
  test.each([
    [12.7, 12],
    [0.4, 1],
    [-0.4, -1],
    [-6.67, -6],
    [0, 0],
    [1, 1],
  ])("round %d to %i", (change, rounded) => expect(roundedChange(change)).toBe(rounded));

  test.each([
    // current, percent, least, count
    [10, 30, null, 13],
    [13, 10, null, 14],
    [4, 25, 2, 6],
    [4, -25, 2, 2],
    [4, 0, 2, 4],
    [1, -100, null, 0],
    [0, 50, null, 0],
    [0, 50, 1, 1],
  ])("take %i tasks with %i %% (at least %s) to %i", (current, percent, least, count) => {
    const adjusted = rule({ adjustmentType: "PercentChangeInCapacity", minAdjustmentMagnitude: least });
    expect(adjustedCount(current, percent, adjusted)).toBe(count);
  });
});

test.each([
  ["ChangeInCapacity", 3, -5, 0],
  ["ChangeInCapacity", 3, 2, 5],
  ["ExactCapacity", 3, 7, 7],
] as const)("%s takes %i tasks with %i to %i", (adjustmentType, current, adjustment, count) => {
  expect(adjustedCount(current, adjustment, rule({ adjustmentType }))).toBe(count);
});

describe("the step of a breach", () => {
  const above = [
    { lower: 0, upper: 10, adjustment: 1 },
    { lower: 10, upper: 20, adjustment: 2 },
    { lower: 20, upper: null, adjustment: 3 },
  ];
  const below = [
    { lower: -10, upper: 0, adjustment: -1 },
    { lower: null, upper: -10, adjustment: -2 },
  ];
  test.each([
    [0, 1],
    [9.99, 1],
    [10, 2],
    [20, 3],
    [-1, undefined],
  ])("of %d above holds its lower bound", (breach, adjustment) => {
    expect(stepFor(above, breach, "above")?.adjustment).toBe(adjustment);
  });
  test.each([
    [0, -1],
    [-9.99, -1],
    [-10, -2],
    [-50, -2],
    [1, undefined],
  ])("of %d below holds its upper bound", (breach, adjustment) => {
    expect(stepFor(below, breach, "below")?.adjustment).toBe(adjustment);
  });

  test("is one of steps that leave no gap, on either side", () => {
    const bounds = fc.uniqueArray(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(bounds, fc.integer({ min: -150, max: 150 }), (at, breach) => {
        const edges = [null, ...at.toSorted((a, b) => a - b), null];
        const steps = edges
          .slice(0, -1)
          .map((lower, n) => ({ lower: lower ?? null, upper: edges[n + 1] ?? null, adjustment: n }));
        for (const side of ["above", "below"] as const) {
          const step = stepFor(steps, breach, side);
          expect(step).not.toBeNull();
          expect(steps.filter((one) => stepFor([one], breach, side))).toEqual([step]);
        }
      }),
    );
  });
});

describe("a step policy", () => {
  const alarm = (value: number | null, name = "high") =>
    ({ name, threshold: 50, comparison: "GreaterThanOrEqualToThreshold", value }) as const;

  test("wants the most that one of its alarms asks for", () => {
    const steps = [
      { lower: 0, upper: 10, adjustment: 1 },
      { lower: 10, upper: null, adjustment: 4 },
    ];
    const policy = { name: "p", rule: rule({ steps }), raised: [alarm(55, "a"), alarm(75, "b")] };
    expect(propose(policy, policy.rule, 2)).toMatchObject({ alarmName: "b", count: 6, direction: "out" });
  });

  test.each([null, 40])("wants nothing of a metric at %s", (value) => {
    const policy = { name: "p", rule: rule(), raised: [alarm(value)] };
    expect(propose(policy, policy.rule, 2)).toBeNull();
  });
});
