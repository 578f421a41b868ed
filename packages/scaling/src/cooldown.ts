/** Decides what a cooldown leaves of a proposal; `combine` asks before anything scales. */
import type { LastScaling, Proposal } from "./scaling-snapshot.ts";

/** It begins when the service has reached the count, and until then it lasts. */
export function isCoolingDown({ endedAtMs, cooldownMs }: LastScaling, nowMs: number): boolean {
  return endedAtMs === null || nowMs < endedAtMs + cooldownMs;
}

/**
 * The count that a proposal comes to, or null when it has to wait. While a scale-out takes effect, only a larger one
 * happens, and what was added counts towards it; while a scale-in does, no other scale-in. Each direction ends the
 * other's cooldown.
 * https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
 */
export function afterCooldown(
  { direction, count }: Pick<Proposal, "direction" | "count">,
  base: number,
  last: LastScaling | null,
  nowMs: number,
): number | null {
  if (!last || !isCoolingDown(last, nowMs)) return count;
  const added = last.toCount - last.fromCount;
  if (direction === "in") return added < 0 ? null : count;
  if (added <= 0) return count;
  const asked = count - base;
  return asked > added ? last.fromCount + asked : null;
}
