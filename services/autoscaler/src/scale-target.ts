/** load → decide → commit for one scalable target; the `scaleTarget` bell calls this. */
import { commitScaling, type ScalingOutcome } from "@roadstead/db/commit-scaling";
import type { Db } from "@roadstead/db/connect";
import { type LoadedScaling, loadScaling } from "@roadstead/db/load-scaling";
import { decideScaling } from "@roadstead/scaling/combine";
import { type ActivityEnd, activityEnd } from "@roadstead/scaling/progress";
import type { PolicySnapshot, ScalingDecision } from "@roadstead/scaling/scaling-snapshot";
import { dueActions, nextDueMs } from "./due-actions.ts";
import { policySnapshots, scalingSnapshot } from "./scaling-snapshot.ts";

/** How often it is asked whether a service has reached its count, at first and after a minute. */
const LOOK_MS = 1_000;
const LATER_LOOK_MS = 5_000;
const LATER_AFTER_MS = 60_000;

export interface ScaleTargetDeps {
  readonly db: Db;
  /** How long a minute of metrics lasts. */
  readonly minuteMs: number;
}

export interface ScaleTargetOutcome {
  readonly decided: ScalingDecision["kind"];
  readonly toCount: number | null;
  /** Scheduled actions that acted. */
  readonly scheduled: number;
  /** How the change that was in progress ended. */
  readonly ended: ActivityEnd["status"] | null;
  /** Somebody was faster; the bell is still there. */
  readonly outdated: boolean;
}

export async function scaleTarget(
  { db, minuteMs }: ScaleTargetDeps,
  targetId: string,
): Promise<ScaleTargetOutcome> {
  const { loaded, policies } = await db.read(async (tx) => {
    const seen = await loadScaling(tx, targetId);
    return { loaded: seen, policies: await policySnapshots(tx, seen, minuteMs) };
  });
  const outcome = decide(loaded, policies);
  const committed = await db.write((tx) => commitScaling(tx, loaded, outcome));
  const { decision, due, end } = outcome;
  return {
    decided: decision.kind,
    toCount: decision.kind === "scale" ? decision.toCount : null,
    scheduled: due.length,
    ended: end?.status ?? null,
    outdated: !committed,
  };
}

function decide(loaded: LoadedScaling, policies: readonly PolicySnapshot[]): ScalingOutcome {
  const end = endOf(loaded);
  const { target, service, scheduled, nowMs } = loaded;
  const due = dueActions(scheduled, nowMs);
  // What alarms ask for is decided by the bounds that hold then, when the alarms are looked at next.
  const decision: ScalingDecision =
    target && service && due.length === 0
      ? decideScaling(scalingSnapshot({ target, service }, loaded, end, policies))
      : { kind: "rest" };
  const looks = [end || decision.kind === "scale" ? null : nextLook(loaded), nextDueMs(scheduled, due)];
  const wakeAtMs = Math.min(...looks.filter((atMs) => atMs !== null));
  return { end, due, decision, wakeAtMs: Number.isFinite(wakeAtMs) ? wakeAtMs : null };
}

function endOf({ last, service, nowMs }: LoadedScaling): ActivityEnd | null {
  if (last?.status !== "InProgress" || last.toCount === null) return null;
  return activityEnd({ toCount: last.toCount, startedAtMs: last.startedAt.getTime() }, service, nowMs);
}

/** Only a change that is in progress is looked at without being rung for. */
function nextLook({ last, nowMs }: LoadedScaling): number | null {
  if (last?.status !== "InProgress") return null;
  const isLate = nowMs - last.startedAt.getTime() > LATER_AFTER_MS;
  return nowMs + (isLate ? LATER_LOOK_MS : LOOK_MS);
}
