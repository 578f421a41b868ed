/** Decides the count at which a metric would be at its target; `combine` asks each target tracking policy. */
import type { PolicySnapshot, Proposal, RaisedAlarm, TargetTracking } from "./scaling-snapshot.ts";

/** A hair above a whole number is arithmetic, not load. */
const ROUNDING = 1e-9;

export interface Capacity {
  readonly running: number;
  readonly desired: number;
}

/** The fewest tasks that would hold the metric at or below its target, were the load shared by as many. */
export function trackedCount(running: number, value: number, target: number): number {
  // Nothing runs that could have made the value: one task is the least that helps, and the next value tells more.
  if (running === 0) return value > target ? 1 : 0;
  return Math.max(0, Math.ceil((running * value) / target - ROUNDING));
}

const isHigh = ({ comparison }: RaisedAlarm) => comparison.startsWith("Greater");

/** What the policy wants, or null when none of its alarms asks for anything that its metric still shows. */
export function propose(
  { name, raised }: PolicySnapshot,
  rule: TargetTracking,
  { running, desired }: Capacity,
): Proposal | null {
  for (const alarm of raised) {
    if (alarm.value === null) continue;
    const count = trackedCount(running, alarm.value, rule.targetValue);
    if (isHigh(alarm) && count > desired) {
      return proposal(name, alarm, { direction: "out", count, cooldownMs: rule.scaleOutCooldownMs });
    }
    if (!isHigh(alarm) && !rule.disableScaleIn && count < desired) {
      return proposal(name, alarm, { direction: "in", count, cooldownMs: rule.scaleInCooldownMs });
    }
  }
  return null;
}

/** Whether the policy has nothing against fewer tasks. Without data it has. */
export const agreesToScaleIn = (policy: PolicySnapshot, rule: TargetTracking): boolean =>
  rule.disableScaleIn || policy.raised.some((alarm) => !isHigh(alarm) && alarm.value !== null);

const proposal = (
  policyName: string,
  alarm: RaisedAlarm,
  wanted: Pick<Proposal, "direction" | "count" | "cooldownMs">,
): Proposal => ({ policyName, alarmName: alarm.name, tracking: true, ...wanted });
