/** Decides what a step policy adds or takes away for how far its alarm's threshold is passed; `combine` asks each one. */
import type { PolicySnapshot, Proposal, RaisedAlarm, Step, StepScaling } from "./scaling-snapshot.ts";

/**
 * The step for a breach, which is the metric's value less the threshold. Above the threshold a step holds its lower bound,
 * below it its upper one, so that two neighbours never both apply.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
 */
export function stepFor(steps: readonly Step[], breach: number, side: "above" | "below"): Step | null {
  const holds = ({ lower, upper }: Step) =>
    side === "above"
      ? (lower === null || breach >= lower) && (upper === null || breach < upper)
      : (lower === null || breach > lower) && (upper === null || breach <= upper);
  return steps.find(holds) ?? null;
}

/** Percentages are of a task at least, and else round towards what is there. */
export function roundedChange(change: number): number {
  if (change > 0 && change < 1) return 1;
  if (change < 0 && change > -1) return -1;
  return Math.trunc(change);
}

/** The count after one step from `current`; never less than nothing. */
export function adjustedCount(current: number, adjustment: number, rule: StepScaling): number {
  if (rule.adjustmentType === "ExactCapacity") return Math.max(0, adjustment);
  if (rule.adjustmentType === "ChangeInCapacity") return Math.max(0, current + adjustment);
  const change = roundedChange((current * adjustment) / 100);
  const least = rule.minAdjustmentMagnitude ?? 0;
  const bounded = Math.sign(adjustment) * Math.max(Math.abs(change), adjustment === 0 ? 0 : least);
  return Math.max(0, current + bounded);
}

/** What the policy wants; of several alarms the one that wants most. */
export function propose(policy: PolicySnapshot, rule: StepScaling, desired: number): Proposal | null {
  const wanted = policy.raised.flatMap((alarm) => {
    const count = countFor(alarm, rule, desired);
    return count === null || count === desired ? [] : [{ alarm, count }];
  });
  const most = wanted.reduce<(typeof wanted)[number] | null>(
    (best, next) => (best && best.count >= next.count ? best : next),
    null,
  );
  if (!most) return null;
  return {
    policyName: policy.name,
    alarmName: most.alarm.name,
    direction: most.count > desired ? "out" : "in",
    count: most.count,
    cooldownMs: rule.cooldownMs,
    tracking: false,
  };
}

function countFor(alarm: RaisedAlarm, rule: StepScaling, desired: number): number | null {
  if (alarm.value === null) return null;
  const side = alarm.comparison.startsWith("Greater") ? "above" : "below";
  const step = stepFor(rule.steps, alarm.value - alarm.threshold, side);
  return step ? adjustedCount(desired, step.adjustment, rule) : null;
}
