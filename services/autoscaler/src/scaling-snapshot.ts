/** Turns what was loaded of a scalable target into what `decideScaling()` decides on. */
import type { AlarmRow } from "@roadstead/db/alarms";
import type { ReadTx } from "@roadstead/db/connect";
import type { LoadedPolicy, LoadedScaling, ScaledServiceState } from "@roadstead/db/load-scaling";
import type { ScalableTargetRow } from "@roadstead/db/scalable-targets";
import type { PolicyConfiguration } from "@roadstead/db/schema/scaling";
import type { ActivityEnd } from "@roadstead/scaling/progress";
import type { PolicySnapshot, RaisedAlarm, ScalingSnapshot } from "@roadstead/scaling/scaling-snapshot";
import { alarmValues, type MetricClock } from "./alarm-values.ts";

/** As for ECS on AWS where a policy says nothing. */
const COOLDOWN_SECONDS = 300;

export interface Scalable {
  readonly target: ScalableTargetRow;
  readonly service: ScaledServiceState;
}

export const scalingSnapshot = (
  { target, service }: Scalable,
  { nowMs, last }: LoadedScaling,
  end: ActivityEnd | null,
  policies: readonly PolicySnapshot[],
): ScalingSnapshot => ({
  nowMs,
  bounds: { min: target.minCapacity, max: target.maxCapacity },
  suspended: target.suspended,
  desiredCount: service.desiredCount,
  runningCount: service.runningCount,
  deploying: service.deploying,
  last: last && {
    fromCount: last.fromCount ?? service.desiredCount,
    toCount: last.toCount ?? service.desiredCount,
    endedAtMs: end ? nowMs : (last.endedAt?.getTime() ?? null),
    cooldownMs: last.cooldownSeconds * 1_000,
  },
  policies,
});

/** With the values of their alarms, but for those that were looked at last before the newest change was made. */
export async function policySnapshots(
  tx: ReadTx,
  { policies, last, nowMs }: LoadedScaling,
  minuteMs: number,
): Promise<readonly PolicySnapshot[]> {
  const sinceMs = last?.startedAt.getTime() ?? 0;
  const snapshots: PolicySnapshot[] = [];
  for (const policy of policies) {
    const fresh = policy.alarms.filter((alarm) => lookedAtMs(alarm) > sinceMs);
    const raised: RaisedAlarm[] = [];
    for (const alarm of fresh) raised.push(await raisedAlarm(tx, policy, alarm, { nowMs, minuteMs }));
    snapshots.push({ name: policy.name, rule: ruleOf(policy.configuration), raised });
  }
  return snapshots;
}

const lookedAtMs = ({ evaluatedMs, stateUpdatedAt }: AlarmRow) =>
  Math.max(evaluatedMs ?? 0, stateUpdatedAt.getTime());

async function raisedAlarm(
  tx: ReadTx,
  { configuration }: LoadedPolicy,
  alarm: AlarmRow,
  clock: MetricClock,
): Promise<RaisedAlarm> {
  const { threshold, comparisonOperator } = alarm.definition;
  const values = await alarmValues(tx, alarm, clock);
  return {
    name: alarm.name,
    threshold,
    comparison: comparisonOperator,
    value: breachValue(configuration, values),
  };
}

/** What tracks a target goes by the newest value; steps go by all that made the alarm, put together as they say. */
function breachValue(configuration: PolicyConfiguration, values: readonly number[]): number | null {
  if (values.length === 0) return null;
  if (configuration.type === "TargetTrackingScaling") return values.at(-1) ?? null;
  switch (configuration.aggregation ?? "Average") {
    case "Minimum":
      return Math.min(...values);
    case "Maximum":
      return Math.max(...values);
    default:
      return values.reduce((sum, value) => sum + value, 0) / values.length;
  }
}

function ruleOf(configuration: PolicyConfiguration): PolicySnapshot["rule"] {
  if (configuration.type === "TargetTrackingScaling") {
    return {
      kind: "targetTracking",
      targetValue: configuration.targetValue,
      scaleOutCooldownMs: (configuration.scaleOutCooldownSeconds ?? COOLDOWN_SECONDS) * 1_000,
      scaleInCooldownMs: (configuration.scaleInCooldownSeconds ?? COOLDOWN_SECONDS) * 1_000,
      disableScaleIn: configuration.disableScaleIn,
    };
  }
  return {
    kind: "step",
    adjustmentType: configuration.adjustmentType,
    steps: configuration.steps.map(({ lower = null, upper = null, adjustment }) => ({
      lower,
      upper,
      adjustment,
    })),
    minAdjustmentMagnitude: configuration.minAdjustmentMagnitude ?? null,
    cooldownMs: (configuration.cooldownSeconds ?? COOLDOWN_SECONDS) * 1_000,
  };
}
