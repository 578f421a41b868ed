import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decideScaling } from "./combine.ts";
import type { PolicySnapshot, RaisedAlarm, ScalingSnapshot, TargetTracking } from "./scaling-snapshot.ts";

const tracking: TargetTracking = {
  kind: "targetTracking",
  targetValue: 60,
  scaleOutCooldownMs: 300_000,
  scaleInCooldownMs: 300_000,
  disableScaleIn: false,
};
const high = (value: number | null): RaisedAlarm => ({
  name: "AlarmHigh",
  threshold: 60,
  comparison: "GreaterThanThreshold",
  value,
});
const low = (value: number | null): RaisedAlarm => ({
  name: "AlarmLow",
  threshold: 54,
  comparison: "LessThanThreshold",
  value,
});
const policy = (
  raised: readonly RaisedAlarm[],
  more: Partial<TargetTracking> = {},
  name = "cpu",
): PolicySnapshot => ({
  name,
  rule: { ...tracking, ...more },
  raised,
});
const snapshot = (more: Partial<ScalingSnapshot> = {}): ScalingSnapshot => ({
  nowMs: 1_000_000,
  bounds: { min: 2, max: 6 },
  suspended: { scaleIn: false, scaleOut: false },
  desiredCount: 2,
  runningCount: 2,
  deploying: false,
  last: null,
  policies: [],
  ...more,
});
const decided = (more: Partial<ScalingSnapshot>) => decideScaling(snapshot(more));

describe("one policy", () => {
  test("scales out by its metric and within the bounds", () => {
    expect(decided({ policies: [policy([high(120)])] })).toMatchObject({ kind: "scale", toCount: 4 });
    expect(decided({ policies: [policy([high(600)])] })).toMatchObject({ kind: "scale", toCount: 6 });
  });
  test("scales in as far as the metric allows", () => {
    const at = { desiredCount: 6, runningCount: 6 };
    expect(decided({ ...at, policies: [policy([low(25)])] })).toMatchObject({ kind: "scale", toCount: 3 });
    expect(decided({ ...at, policies: [policy([low(0)])] })).toMatchObject({ kind: "scale", toCount: 2 });
  });
  test("rests while its alarms do, without data, and when the metric has come back", () => {
    for (const raised of [[], [high(null)], [low(null)], [high(59)]]) {
      expect(decided({ policies: [policy(raised)] })).toEqual({ kind: "rest" });
    }
  });
  test("at a bound says which", () => {
    const atMax = { desiredCount: 6, runningCount: 6, policies: [policy([high(90)])] };
    expect(decided(atMax)).toMatchObject({
      kind: "notScaled",
      reasons: [{ code: "AlreadyAtMaxCapacity", maxCapacity: 6 }],
    });
    expect(decided({ policies: [policy([low(1)])] })).toMatchObject({
      kind: "notScaled",
      reasons: [{ code: "AlreadyAtMinCapacity", minCapacity: 2 }],
    });
  });
  test("brings a count outside the bounds back to them", () => {
    const beyond = { desiredCount: 9, runningCount: 9, policies: [policy([high(90)])] };
    expect(decided(beyond)).toMatchObject({ kind: "scale", toCount: 6 });
  });
  test("that may not scale in does not", () => {
    const at = { desiredCount: 6, runningCount: 6 };
    expect(decided({ ...at, policies: [policy([low(1)], { disableScaleIn: true })] })).toEqual({
      kind: "rest",
    });
  });
  test("is held by what is suspended, each direction by itself", () => {
    const suspended = { scaleIn: false, scaleOut: true };
    expect(decided({ suspended, policies: [policy([high(90)])] })).toEqual({ kind: "held", by: "suspended" });
    const scaleIn = { desiredCount: 6, runningCount: 6, policies: [policy([low(20)])] };
    expect(decided({ ...scaleIn, suspended })).toMatchObject({ kind: "scale", toCount: 2 });
  });
});

describe("while a deployment runs", () => {
  test("nothing scales in, and it says so", () => {
    const at = { desiredCount: 6, runningCount: 6, deploying: true };
    expect(decided({ ...at, policies: [policy([low(20)])] })).toMatchObject({
      kind: "notScaled",
      reasons: [{ code: "TargetServicePutResourceAsUnscalable" }],
    });
  });
  test("what is needed is still added", () => {
    expect(decided({ deploying: true, policies: [policy([high(90)])] })).toMatchObject({ toCount: 3 });
  });
});

describe("several policies", () => {
  test("scale out for the one that needs most", () => {
    const policies = [
      policy([high(70)]),
      policy([high(150)], {}, "memory"),
      policy([low(1)], {}, "requests"),
    ];
    expect(decided({ policies })).toMatchObject({ toCount: 5, proposal: { policyName: "memory" } });
  });
  test("scale in when all agree, to the largest of their counts", () => {
    const at = { desiredCount: 6, runningCount: 6 };
    const both = [policy([low(20)]), policy([low(38)], {}, "memory")];
    expect(decided({ ...at, policies: both })).toMatchObject({
      toCount: 4,
      proposal: { policyName: "memory" },
    });
    const one = [policy([low(20)]), policy([], {}, "memory")];
    expect(decided({ ...at, policies: one })).toEqual({ kind: "rest" });
    const silent = [policy([low(20)]), policy([low(null)], {}, "memory")];
    expect(decided({ ...at, policies: silent })).toEqual({ kind: "rest" });
    const willing = [policy([low(20)]), policy([], { disableScaleIn: true }, "memory")];
    expect(decided({ ...at, policies: willing })).toMatchObject({ toCount: 2 });
  });
});

describe("a cooldown", () => {
  const last = { fromCount: 2, toCount: 4, endedAtMs: null, cooldownMs: 300_000 };
  test("keeps the same alarm from adding twice while tasks start", () => {
    const at = { desiredCount: 4, runningCount: 2, last };
    expect(decided({ ...at, policies: [policy([high(120)])] })).toEqual({ kind: "rest" });
    expect(decided({ ...at, runningCount: 4, policies: [policy([high(80)])] })).toEqual({
      kind: "held",
      by: "cooldown",
    });
  });
  test("lets more of the load have more tasks", () => {
    const at = { desiredCount: 4, runningCount: 2, last, policies: [policy([high(180)])] };
    expect(decided(at)).toMatchObject({ kind: "scale", toCount: 6 });
  });
});

test("whatever is seen, a new count is another one within the bounds, and never fewer during a deployment", () => {
  const value = fc.option(fc.double({ min: 0, max: 500, noNaN: true }));
  const raised = fc.array(fc.oneof(value.map(high), value.map(low)), { maxLength: 2 });
  const policies = fc.array(
    raised.map((alarms) => policy(alarms)),
    { maxLength: 3 },
  );
  const count = fc.integer({ min: 0, max: 20 });
  fc.assert(
    fc.property(
      policies,
      count,
      count,
      count,
      count,
      fc.boolean(),
      (list, desired, running, min, more, deploying) => {
        const seen = snapshot({
          policies: list,
          desiredCount: desired,
          runningCount: running,
          bounds: { min, max: min + more },
          deploying,
        });
        const decision = decideScaling(seen);
        if (decision.kind !== "scale") return;
        expect(decision.toCount).toBeGreaterThanOrEqual(min);
        expect(decision.toCount).toBeLessThanOrEqual(min + more);
        expect(decision.toCount).not.toBe(desired);
        if (deploying) expect(decision.toCount).toBeGreaterThan(desired);
      },
    ),
  );
});
