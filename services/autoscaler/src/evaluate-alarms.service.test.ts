/** Guarantees of alarms' evaluation on real PostgreSQL. */
import { findAlarm, putAlarm } from "@roadstead/db/alarms";
import { recordMetricData } from "@roadstead/db/metric-write";
import { putTarget } from "@roadstead/db/scalable-targets";
import { putPolicy } from "@roadstead/db/scaling-policies";
import { aScope, useDb } from "@roadstead/db/world.test-data";
import { scalingPolicyArn } from "@roadstead/model/scaling-arn";
import type { AlarmDefinition } from "@roadstead/scaling/alarm";
import { newUuid } from "@roadstead/service-kit/ids";
import { describe, expect, test } from "vitest";
import { evaluateAlarms } from "./evaluate-alarms.ts";

const at = useDb();
/** A minute of metrics lasts an hour here, so that none ends while a test works on what it has said. */
const MINUTE_MS = 3_600_000;
const METRIC = { namespace: "Shop", metricName: "Waiting", dimensions: { Queue: "orders" } };

const definition = (more: Partial<AlarmDefinition> = {}): AlarmDefinition => ({
  description: null,
  okActions: [],
  alarmActions: [],
  insufficientDataActions: [],
  metric: { ...METRIC, statistic: "Average", periodSeconds: 60, unit: null },
  queries: null,
  comparisonOperator: "GreaterThanThreshold",
  threshold: 10,
  evaluationPeriods: 2,
  datapointsToAlarm: null,
  treatMissingData: null,
  ...more,
});

/** The same value in each of the newest minutes, the one that runs among them. */
async function say(scopeId: number, value: number, minutes = 6): Promise<void> {
  const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const data = Array.from({ length: minutes }, (_, index) => ({
    ...METRIC,
    atMs: now - index * MINUTE_MS,
    unit: "None",
    sampleCount: 1,
    sum: value,
    minimum: value,
    maximum: value,
  }));
  await recordMetricData(at.db, scopeId, data);
}

async function aPolicy(scopeId: number, place: { accountId: string; region: string }) {
  const id = newUuid();
  const target = await at.db.write(async (tx) => {
    const suspended = { scaleIn: false, scaleOut: false, scheduled: false };
    const wanted = { minCapacity: 1, maxCapacity: 4, suspended, tags: [] };
    const made = await putTarget(tx, { scopeId, resourceId: "service/default/web" }, wanted);
    const configuration = { type: "TargetTrackingScaling", targetValue: 10, disableScaleIn: false } as const;
    await putPolicy(tx, made.id, id, { name: "p", configuration, alarmNames: [] });
    return made;
  });
  const arn = scalingPolicyArn(place, { id, resourceId: "service/default/web", name: "p" });
  return { arn, targetId: target.id };
}

const put = (scopeId: number, name = "high", more: Partial<AlarmDefinition> = {}) =>
  at.db.write((tx) => putAlarm(tx, scopeId, { name, definition: definition(more), actionsEnabled: true }));
const evaluate = () => evaluateAlarms({ db: at.db, minuteMs: MINUTE_MS });
const makeDue = () => at.db.query("UPDATE alarms SET next_ms = 0");
const rung = async (targetId: string) =>
  (await at.db.query("SELECT 1 FROM bells WHERE kind = 'scaleTarget' AND key = $1", [targetId])).length;
const forget = () => at.db.query("DELETE FROM bells WHERE kind = 'scaleTarget'");

describe("an alarm", () => {
  test("follows its metric, rings its policy's target when it comes and at every look while it stays", async () => {
    const scope = await aScope(at.db);
    const { arn, targetId } = await aPolicy(scope.id, scope);
    await forget();
    await say(scope.id, 95);
    await put(scope.id, "high", { alarmActions: [arn] });
    expect(await evaluate()).toBe(1);
    const alarm = await findAlarm(at.db, scope.id, "high");
    expect(alarm).toMatchObject({ state: "ALARM" });
    expect(alarm?.stateReason).toMatch(
      /^Threshold Crossed: 2 out of the last 2 datapoints \[95\.0 .*\] were greater than the threshold \(10\.0\)/,
    );
    expect(JSON.parse(alarm?.stateReasonData ?? "")).toMatchObject({
      period: 60,
      statistic: "Average",
      recentDatapoints: [95, 95],
      threshold: 10,
    });
    expect(await rung(targetId)).toBe(1);
    await forget();
    await makeDue();
    await evaluate();
    expect(await rung(targetId)).toBe(1);
    await forget();
    await say(scope.id, -95);
    await makeDue();
    await evaluate();
    expect(await findAlarm(at.db, scope.id, "high")).toMatchObject({ state: "OK" });
    expect(await rung(targetId)).toBe(0);
    const history = await at.db.query("SELECT kind, summary FROM alarm_history ORDER BY id");
    expect(history).toEqual([
      { kind: "ConfigurationUpdate", summary: 'Alarm "high" created' },
      { kind: "StateUpdate", summary: "Alarm updated from INSUFFICIENT_DATA to ALARM" },
      { kind: "Action", summary: `Successfully executed action ${arn}` },
      { kind: "StateUpdate", summary: "Alarm updated from ALARM to OK" },
    ]);
  });

  test("is looked at once a period, and its bell is taken", async () => {
    const scope = await aScope(at.db);
    await put(scope.id);
    expect(await evaluate()).toBe(1);
    expect(await evaluate()).toBe(0);
    expect(await at.db.query("SELECT 1 FROM bells WHERE kind = 'evaluateAlarms'")).toEqual([]);
    const [row] = await at.db.query<{ aheadMs: number }>(
      `SELECT (next_ms - extract(epoch FROM now()) * 1000)::float8 AS "aheadMs" FROM alarms`,
    );
    expect(row?.aheadMs).toBeGreaterThan(0);
    expect(row?.aheadMs).toBeLessThanOrEqual(MINUTE_MS);
  });

  test("whose actions are disabled moves and rings nobody", async () => {
    const scope = await aScope(at.db);
    const { arn, targetId } = await aPolicy(scope.id, scope);
    await forget();
    await say(scope.id, 95);
    const alarm = { name: "high", definition: definition({ alarmActions: [arn] }), actionsEnabled: false };
    await at.db.write((tx) => putAlarm(tx, scope.id, alarm));
    await evaluate();
    expect(await findAlarm(at.db, scope.id, "high")).toMatchObject({ state: "ALARM" });
    expect(await rung(targetId)).toBe(0);
  });

  test("over an expression is judged by what the expression results in", async () => {
    const scope = await aScope(at.db);
    await say(scope.id, 6);
    const metric = { ...METRIC, statistic: "Sum" as const, periodSeconds: 60, unit: null };
    const query = { periodSeconds: null, label: null };
    const queries = [
      { ...query, id: "m", metric, expression: null, returnData: false },
      { ...query, id: "e", metric: null, expression: "m * 2", returnData: true },
    ];
    await put(scope.id, "twice", { metric: null, queries });
    await evaluate();
    expect(await findAlarm(at.db, scope.id, "twice")).toMatchObject({ state: "ALARM" });
  });
});

test("replicas that look at the same time look at each alarm once", async () => {
  const scope = await aScope(at.db);
  await say(scope.id, 95);
  for (let index = 0; index < 60; index++) await put(scope.id, `alarm-${index}`);
  const counts = await Promise.all([evaluate(), evaluate(), evaluate(), evaluate()]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(60);
  const moved = await at.db.query("SELECT 1 FROM alarm_history WHERE kind = 'StateUpdate'");
  expect(moved).toHaveLength(60);
});
