/** Commits what was decided about a scalable target, unless its rows have changed since they were loaded. */
import type { ActivityEnd } from "@roadstead/scaling/progress";
import type { ScalingDecision } from "@roadstead/scaling/scaling-snapshot";
import { takeBells } from "./bells.ts";
import { commitDueActions, type DueAction } from "./commit-scheduled.ts";
import type { WriteTx } from "./connect.ts";
import { isDeploying, type LoadedScaling } from "./load-scaling.ts";
import { lockTarget, type ScalableTargetRow, touchTarget } from "./scalable-targets.ts";
import { scaleService } from "./scale-service.ts";
import { endActivities, insertActivity } from "./scaling-activities.ts";
import { lockService, type ServiceRow } from "./services.ts";

export interface ScalingOutcome {
  /** Of the change that was in progress. */
  readonly end: ActivityEnd | null;
  /** Scheduled actions whose time has come. */
  readonly due: readonly DueAction[];
  readonly decision: ScalingDecision;
  /** When to look again of itself. */
  readonly wakeAtMs: number | null;
}

/** False when somebody was faster: the bell stays, and the next pass decides anew. */
export async function commitScaling(
  tx: WriteTx,
  loaded: LoadedScaling,
  { end, due, decision, wakeAtMs }: ScalingOutcome,
): Promise<boolean> {
  const service = await heldService(tx, loaded);
  const target = await lockTarget(tx, loaded.targetId);
  if (target && !isAsLoaded(loaded, target, service)) return false;
  if (await isOverrun(tx, loaded, decision)) return false;
  await takeBells(tx, "scaleTarget", loaded.targetId, loaded.newestBell);
  if (!target) return true;
  await clearTimer(tx, target.id);
  if (end) {
    await endActivities(tx, target.id, end.status, end.message);
    await touchTarget(tx, target.id);
  }
  await commitDueActions(tx, target, service, due);
  if (decision.kind === "scale" && service) {
    const { proposal, toCount } = decision;
    const cooldownSeconds = Math.round(proposal.cooldownMs / 1_000);
    await scaleService(tx, service, target, { toCount, cause: causeOf(decision), cooldownSeconds });
  }
  if (decision.kind === "notScaled") await recordNotScaled(tx, loaded, target, decision);
  if (wakeAtMs !== null) tx.bell("scaleTarget", target.id, Math.max(1, Math.ceil(wakeAtMs - loaded.nowMs)));
  return true;
}

/** Services come before what scales them. */
const heldService = async (tx: WriteTx, { service }: LoadedScaling): Promise<ServiceRow | null> =>
  service ? lockService(tx, service.clusterId, service.name) : null;

function isAsLoaded(
  { target, service }: LoadedScaling,
  heldTarget: ScalableTargetRow,
  heldService: ServiceRow | null,
): boolean {
  if (heldTarget.version !== target?.version) return false;
  if (!service) return true;
  return (
    heldService?.id === service.id &&
    heldService.status === "ACTIVE" &&
    heldService.desiredCount === service.desiredCount
  );
}

/** A deployment that began meanwhile keeps its tasks. */
async function isOverrun(
  tx: WriteTx,
  { service }: LoadedScaling,
  decision: ScalingDecision,
): Promise<boolean> {
  if (decision.kind !== "scale" || !service || decision.toCount > service.desiredCount) return false;
  return isDeploying(tx, service.id);
}

type Triggered = Extract<ScalingDecision, { readonly kind: "scale" | "notScaled" }>;

const causeOf = ({ proposal: { alarmName, policyName } }: Triggered) =>
  `monitor alarm ${alarmName} in state ALARM triggered policy ${policyName}`;

/** Once, not with every evaluation that comes to the same, whichever of the policies it was for. */
async function recordNotScaled(
  tx: WriteTx,
  { newest }: LoadedScaling,
  target: ScalableTargetRow,
  decision: Extract<ScalingDecision, { readonly kind: "notScaled" }>,
): Promise<void> {
  const codes = decision.reasons.map(({ code }) => code).join();
  if (newest?.notScaledReasons.map(({ code }) => code).join() === codes) return;
  await insertActivity(tx, {
    scopeId: target.scopeId,
    resourceId: target.resourceId,
    targetId: target.id,
    description: "Attempting to scale due to alarm triggered",
    cause: causeOf(decision),
    status: "Failed",
    statusMessage: null,
    notScaledReasons: decision.reasons,
  });
}

/** At most one timer a target: the newest decision knows best when time alone changes something. */
const clearTimer = (tx: WriteTx, targetId: string) =>
  tx.query(
    "DELETE FROM bells WHERE kind = 'scaleTarget' AND key = $1 AND not_before > now() AND attempts = 0",
    [targetId],
    "scaling-timer-clear",
  );
