/** Guarantees of a pass over a scalable target on real PostgreSQL. */
import type { Db } from "@roadstead/db/connect";
import { deleteTarget } from "@roadstead/db/scalable-targets";
import {
  putScheduledAction,
  scheduledActionsOfTarget,
  type WantedAction,
} from "@roadstead/db/scheduled-actions";
import type { PolicyConfiguration } from "@roadstead/db/schema/scaling";
import { describe, expect, test } from "vitest";
import { evaluateAlarms } from "./evaluate-alarms.ts";
import {
  activities,
  aPolicy,
  aTarget,
  at,
  bells,
  desired,
  evaluated,
  high,
  later,
  low,
  MINUTE_MS,
  measured,
  pass,
  rollout,
  run,
  type Subject,
  setDesiredCount,
  TRACKING,
  targetRow,
} from "./scaling-world.test-data.ts";

const QUICK = { ...TRACKING, scaleOutCooldownSeconds: 0, scaleInCooldownSeconds: 0 };

/** Two tasks at twice their target, or six at a third of it. */
async function busy(configuration: PolicyConfiguration = TRACKING) {
  const subject = await aTarget(2);
  await aPolicy(subject, configuration, high);
  await measured(subject, 120, 120);
  await evaluated(subject, "high");
  return subject;
}
async function idle(configuration: PolicyConfiguration = TRACKING) {
  const subject = await aTarget(6);
  await aPolicy(subject, configuration, low);
  await measured(subject, 20, 20);
  await evaluated(subject, "low");
  return subject;
}

describe("an alarm of a target tracking policy", () => {
  test("changes the service as UpdateService does, and the activity follows it to its end", async () => {
    const subject = await busy();
    expect(await pass(subject)).toMatchObject({ decided: "scale", toCount: 4, outdated: false });
    expect(await desired(subject)).toBe(4);
    expect(at.rung.filter(({ kind }) => kind === "reconcileService").at(-1)?.key).toBe(subject.serviceId);
    expect(await activities(subject)).toMatchObject([
      {
        description: "Setting desired count to 4.",
        cause: "monitor alarm high in state ALARM triggered policy high-policy",
        status: "InProgress",
        endedAt: null,
      },
    ]);
    await run(subject, 3);
    expect(await pass(subject)).toMatchObject({ decided: "rest", ended: null });
    await run(subject, 4);
    expect(await pass(subject)).toMatchObject({ ended: "Successful" });
    const [activity] = await activities(subject);
    expect(activity).toMatchObject({
      status: "Successful",
      statusMessage: "Successfully set desired count to 4. Change successfully fulfilled by ecs.",
    });
    expect(activity?.endedAt).not.toBeNull();
    expect(await bells(subject)).toEqual([]);
  });

  test("is looked at, rings, and is acted on, each once", async () => {
    const subject = await aTarget(2);
    await aPolicy(subject, TRACKING, high);
    await measured(subject, 120, 120, 120);
    const before = at.rung.length;
    for (let time = 0; time < 2; time++) await evaluateAlarms({ db: at.db, minuteMs: MINUTE_MS });
    const rung = at.rung.slice(before).filter(({ kind }) => kind === "scaleTarget");
    expect(rung.map(({ key }) => key)).toEqual([subject.target.id]);
    expect(await pass(subject)).toMatchObject({ decided: "scale", toCount: 4 });
    expect(await desired(subject)).toBe(4);
  });

  test("takes tasks away, and not below the metric's target", async () => {
    const subject = await idle();
    await measured(subject, 25, 25);
    expect(await pass(subject)).toMatchObject({ decided: "scale", toCount: 3 });
  });

  test("acts once, though its metric stays as it was while tasks start", async () => {
    const subject = await busy(QUICK);
    await pass(subject);
    await run(subject, 4);
    expect(await pass(subject)).toMatchObject({ decided: "rest", ended: "Successful" });
    await evaluated(subject, "high");
    expect(await pass(subject)).toMatchObject({ decided: "scale", toCount: 6 });
  });

  test("does nothing while its actions are disabled, it is OK, or its metric is silent", async () => {
    const subject = await busy();
    await measured(subject);
    expect(await pass(subject)).toMatchObject({ decided: "rest" });
    await measured(subject, 120);
    await evaluated(subject, "high", "OK");
    expect(await pass(subject)).toMatchObject({ decided: "rest" });
    await evaluated(subject, "high");
    await at.db.query("UPDATE alarms SET actions_enabled = false");
    expect(await pass(subject)).toMatchObject({ decided: "rest" });
    expect([await desired(subject), await activities(subject)]).toEqual([2, []]);
  });

  test("is not outdone by an old value", async () => {
    const subject = await busy();
    await measured(subject, 120, 120, 120, 120, 120, 120);
    await at.db.query("UPDATE metric_data SET at_ms = at_ms - $1", [4 * MINUTE_MS]);
    expect(await pass(subject)).toMatchObject({ decided: "rest" });
  });
});

describe("a cooldown", () => {
  test("holds back a second change until it is over, and a larger one not wholly", async () => {
    const subject = await busy();
    await pass(subject);
    await run(subject, 4);
    await pass(subject);
    await measured(subject, 80);
    await evaluated(subject, "high");
    expect(await pass(subject)).toMatchObject({ decided: "held" });
    await measured(subject, 104);
    expect(await pass(subject)).toMatchObject({ decided: "scale", toCount: 5 });
    await run(subject, 5);
    await pass(subject);
    await later(301);
    await measured(subject, 65);
    await evaluated(subject, "high");
    expect(await pass(subject)).toMatchObject({ decided: "scale", toCount: 6 });
  });

  test("after a scale-in does not hold back what is needed", async () => {
    const subject = await idle();
    await pass(subject);
    await run(subject, 2);
    await pass(subject);
    await evaluated(subject, "low", "OK");
    await aPolicy(subject, TRACKING, high);
    await measured(subject, 90);
    await evaluated(subject, "high");
    expect(await pass(subject)).toMatchObject({ decided: "scale", toCount: 3 });
  });
});

describe("what does not scale", () => {
  test("because a deployment runs is said once, and happens afterwards", async () => {
    const subject = await idle();
    await rollout(subject, "IN_PROGRESS");
    for (let time = 0; time < 2; time++) {
      expect(await pass(subject)).toMatchObject({ decided: "notScaled" });
      await evaluated(subject, "low");
    }
    expect(await activities(subject)).toMatchObject([
      {
        description: "Attempting to scale due to alarm triggered",
        cause: "monitor alarm low in state ALARM triggered policy low-policy",
        status: "Failed",
        notScaledReasons: [{ code: "TargetServicePutResourceAsUnscalable" }],
      },
    ]);
    await rollout(subject, "COMPLETED");
    expect(await pass(subject)).toMatchObject({ decided: "scale", toCount: 2 });
  });

  test("because it is at its bound says which", async () => {
    const subject = await aTarget(6);
    await aPolicy(subject, TRACKING, high);
    await measured(subject, 120);
    await evaluated(subject, "high");
    expect(await pass(subject)).toMatchObject({ decided: "notScaled" });
    expect((await activities(subject)).map((one) => one.notScaledReasons)).toEqual([
      [{ code: "AlreadyAtMaxCapacity", maxCapacity: 6 }],
    ]);
  });

  test("because it is suspended goes on in the other direction", async () => {
    const suspended = { scaleIn: false, scaleOut: true, scheduled: false };
    const subject = await aTarget(4, { suspended });
    await aPolicy(subject, TRACKING, high);
    await aPolicy(subject, TRACKING, low);
    await measured(subject, 120);
    await evaluated(subject, "high");
    expect(await pass(subject)).toMatchObject({ decided: "held" });
    await evaluated(subject, "high", "OK");
    await at.db.query("DELETE FROM scaling_policies WHERE name = 'high-policy'");
    await measured(subject, 30);
    await evaluated(subject, "low");
    expect(await pass(subject)).toMatchObject({ decided: "scale", toCount: 2 });
  });
});

describe("a step policy", () => {
  const steps: PolicyConfiguration = {
    type: "StepScaling",
    adjustmentType: "ChangeInCapacity",
    steps: [
      { lower: 0, upper: 20, adjustment: 1 },
      { lower: 20, adjustment: 3 },
    ],
    cooldownSeconds: 0,
  };
  test.each([
    ["average, where it says nothing", undefined, 5],
    ["smallest", "Minimum", 3],
    ["largest", "Maximum", 5],
  ] as const)("goes by the %s of what raised its alarm", async (_which, aggregation, toCount) => {
    const subject = await aTarget(2);
    await aPolicy(subject, { ...steps, ...(aggregation ? { aggregation } : {}) }, high);
    await measured(subject, 10, 70, 100);
    await evaluated(subject, "high");
    expect(await pass(subject)).toMatchObject({ decided: "scale", toCount });
  });
});

describe("rows that change meanwhile", () => {
  /** Does something between what a pass reads and what it writes. */
  const between = (change: () => Promise<unknown>): Db => ({
    ...at.db,
    async read(load) {
      const seen = await at.db.read(load);
      await change();
      return seen;
    },
  });

  test("make a pass outdated: its user's count stays, and its bell too", async () => {
    const subject = await busy();
    const outcome = await pass(
      subject,
      between(() => setDesiredCount(subject, 5)),
    );
    expect(outcome).toMatchObject({ outdated: true });
    expect([await desired(subject), await activities(subject)]).toEqual([5, []]);
    expect((await bells(subject)).length).toBeGreaterThan(0);
  });

  test("by a deployment keep its tasks", async () => {
    const subject = await idle();
    const db = between(() => rollout(subject, "IN_PROGRESS"));
    expect(await pass(subject, db)).toMatchObject({ outdated: true });
    expect(await desired(subject)).toBe(6);
  });

  test("scale once, however many look at it at once", async () => {
    const subject = await busy(QUICK);
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => pass(subject)));
    const acted = outcomes.filter(({ decided, outdated }) => decided === "scale" && !outdated);
    expect(acted).toHaveLength(1);
    expect([await desired(subject), (await activities(subject)).length]).toEqual([4, 1]);
  });

  test("by hand override what was in progress", async () => {
    const subject = await busy();
    await pass(subject);
    await setDesiredCount(subject, 3);
    await evaluated(subject, "high", "OK");
    expect(await pass(subject)).toMatchObject({ ended: "Overridden" });
  });

  test("to nothing end it: without a service, and without a target", async () => {
    const subject = await busy();
    await pass(subject);
    await at.db.query("UPDATE services SET status = 'DRAINING'");
    expect(await pass(subject)).toMatchObject({ decided: "rest", ended: "Failed" });
    await at.db.write(async (tx) => {
      await deleteTarget(tx, subject.target.id);
      tx.bell("scaleTarget", subject.target.id);
    });
    expect(await pass(subject)).toMatchObject({ decided: "rest", outdated: false });
    expect(await bells(subject)).toEqual([]);
  });

  test("leave one timer behind, however often it is looked at", async () => {
    const subject = await busy();
    await pass(subject);
    for (let time = 0; time < 3; time++) await pass(subject);
    expect(await bells(subject)).toHaveLength(1);
  });
});

describe("a scheduled action", () => {
  const action = (more: Partial<WantedAction> = {}): WantedAction => ({
    name: "morning",
    schedule: "cron(0 9 * * ? *)",
    timezone: "Europe/Paris",
    startAt: null,
    endAt: null,
    minCapacity: 4,
    maxCapacity: 8,
    nextAt: new Date(Date.now() - 1_000),
    ...more,
  });
  const scheduled = (subject: Subject, more: Partial<WantedAction> = {}) =>
    at.db.write((tx) => putScheduledAction(tx, subject.target.id, action(more)));

  test("sets the bounds, moves the service into them, and waits for its next time", async () => {
    const subject = await aTarget(2);
    await scheduled(subject);
    expect(await pass(subject)).toMatchObject({ scheduled: 1, outdated: false });
    expect(await targetRow(subject)).toMatchObject({ minCapacity: 4, maxCapacity: 8 });
    expect(await desired(subject)).toBe(4);
    expect(await activities(subject)).toMatchObject([
      {
        description: "Setting desired count to 4.",
        cause: "minimum capacity was set to 4",
        status: "InProgress",
      },
      {
        description: "Setting min capacity to 4 and max capacity to 8",
        cause: "scheduled action name morning was triggered",
        status: "Successful",
        statusMessage: "Successfully set min capacity to 4 and max capacity to 8",
      },
    ]);
    await run(subject, 4);
    expect(await pass(subject)).toMatchObject({ scheduled: 0, ended: "Successful" });
    const timers = await bells(subject);
    expect(timers).toHaveLength(1);
    expect(timers[0]?.inMs).toBeGreaterThan(0);
    expect(timers[0]?.inMs).toBeLessThanOrEqual(25 * 3_600_000);
  });

  test("that comes once is done then", async () => {
    const subject = await aTarget(6);
    await scheduled(subject, { schedule: "at(2026-01-01T00:00:00)", minCapacity: null, maxCapacity: 3 });
    await pass(subject);
    expect(await targetRow(subject)).toMatchObject({ minCapacity: 2, maxCapacity: 3 });
    expect(await desired(subject)).toBe(3);
    expect(await scheduledActionsOfTarget(at.db, subject.target.id)).toMatchObject([{ nextAt: null }]);
  });

  test("that is suspended passes by, and one that cannot be says so", async () => {
    const suspended = { scaleIn: false, scaleOut: false, scheduled: true };
    const subject = await aTarget(2, { suspended });
    await scheduled(subject);
    await pass(subject);
    expect([await desired(subject), await activities(subject)]).toEqual([2, []]);
    await at.db.query("UPDATE scalable_targets SET suspended = '{}'");
    await scheduled(subject, { minCapacity: 7, maxCapacity: null });
    await pass(subject);
    expect(await targetRow(subject)).toMatchObject({ minCapacity: 2, maxCapacity: 6 });
    expect(await activities(subject)).toMatchObject([{ status: "Failed" }]);
  });
});
