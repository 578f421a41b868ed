/** Decides what becomes of a scalable target from all of its policies; the autoscaler commits the answer. */
import { afterCooldown } from "./cooldown.ts";
import type { NotScaledReason, Proposal, ScalingDecision, ScalingSnapshot } from "./scaling-snapshot.ts";
import { propose as proposeStep } from "./step-scaling.ts";
import { agreesToScaleIn, propose as proposeTracked } from "./target-tracking.ts";

export function decideScaling(snapshot: ScalingSnapshot): ScalingDecision {
  const proposals = proposalsOf(snapshot);
  const wanted =
    largest(proposals.filter(({ direction }) => direction === "out")) ?? scaleIn(snapshot, proposals);
  if (!wanted) return { kind: "rest" };
  if (isSuspended(snapshot, wanted)) return { kind: "held", by: "suspended" };
  const base = wanted.tracking ? snapshot.runningCount : snapshot.desiredCount;
  const count = afterCooldown(wanted, base, snapshot.last, snapshot.nowMs);
  if (count === null) return { kind: "held", by: "cooldown" };
  return bounded(snapshot, wanted, count);
}

/** The count that lies within the bounds and is nearest. */
const clamp = (count: number, { min, max }: ScalingSnapshot["bounds"]): number =>
  Math.min(Math.max(count, min), max);

const proposalsOf = (snapshot: ScalingSnapshot): readonly Proposal[] =>
  snapshot.policies.flatMap((policy) => {
    const { rule } = policy;
    const made =
      rule.kind === "step"
        ? proposeStep(policy, rule, snapshot.desiredCount)
        : proposeTracked(policy, rule, { running: snapshot.runningCount, desired: snapshot.desiredCount });
    return made ? [made] : [];
  });

/**
 * Of several the largest count wins, so that no policy's need is missed. What tracks a target takes tasks away only when
 * everything that tracks one agrees.
 */
function scaleIn({ policies }: ScalingSnapshot, proposals: readonly Proposal[]): Proposal | null {
  const agreed = policies.every(
    (policy) => policy.rule.kind === "step" || agreesToScaleIn(policy, policy.rule),
  );
  return largest(proposals.filter(({ tracking }) => agreed || !tracking));
}

const largest = (proposals: readonly Proposal[]): Proposal | null =>
  proposals.reduce<Proposal | null>((best, next) => (best && best.count >= next.count ? best : next), null);

const isSuspended = ({ suspended }: ScalingSnapshot, { direction }: Proposal) =>
  direction === "out" ? suspended.scaleOut : suspended.scaleIn;

function bounded(snapshot: ScalingSnapshot, proposal: Proposal, count: number): ScalingDecision {
  const { bounds, desiredCount } = snapshot;
  const toCount = clamp(count, bounds);
  if (toCount === desiredCount)
    return { kind: "notScaled", proposal, reasons: [boundReached(snapshot, count)] };
  if (toCount < desiredCount && snapshot.deploying) {
    const reason = { code: "TargetServicePutResourceAsUnscalable", currentCapacity: desiredCount } as const;
    return { kind: "notScaled", proposal, reasons: [reason] };
  }
  return { kind: "scale", proposal, toCount };
}

function boundReached({ bounds, desiredCount }: ScalingSnapshot, count: number): NotScaledReason {
  if (count > bounds.max) return { code: "AlreadyAtMaxCapacity", maxCapacity: bounds.max };
  if (count < bounds.min) return { code: "AlreadyAtMinCapacity", minCapacity: bounds.min };
  return { code: "AlreadyAtDesiredCapacity", currentCapacity: desiredCount };
}
