/** Turns what HAProxy's checks say into AWS's target states and reasons; the load balancer reports them. Pure. */
import type { TargetHealthReason, TargetHealthState } from "@roadstead/model/target-group";
import { slotOf } from "./assign-slots.ts";
import type { RunningServers } from "./read-statistics.ts";
import type { ObservedGroup } from "./runtime-commands.ts";
import type { Group, Target } from "./snapshot.ts";

export interface TargetReport {
  readonly groupId: string;
  readonly targetId: string;
  readonly port: number;
  readonly state: TargetHealthState;
  readonly reason: TargetHealthReason | null;
  readonly description: string | null;
}

export interface TargetStates {
  readonly reports: readonly TargetReport[];
  /** Slots whose first good check was seen: they are in use from now on. */
  readonly newlyHealthy: readonly { readonly groupId: string; readonly index: number }[];
  /** Deregistered targets that nobody waits for any more. */
  readonly drained: readonly { readonly groupId: string; readonly targetId: string; readonly port: number }[];
}

type Judged = Pick<TargetReport, "state" | "reason" | "description">;

const HEALTHY: Judged = { state: "healthy", reason: null, description: null };
const REGISTERING = judged("initial", "Elb.RegistrationInProgress", "Target registration is in progress");
const CHECKING = judged("initial", "Elb.InitialHealthChecking", "Initial health checks in progress");
const DRAINING = judged(
  "draining",
  "Target.DeregistrationInProgress",
  "Target deregistration is in progress",
);
/** Draining, and done with it: the target is forgotten and not reported. */
const DRAINED: Judged = { ...DRAINING };

export function targetStates(groups: readonly Group[], running: RunningServers): TargetStates {
  const found = groups.flatMap((group) => {
    const slots = running.groups.find(({ groupId }) => groupId === group.id)?.slots ?? [];
    const checks = running.checks.get(group.id) ?? [];
    return group.targets.map((target) => {
      const index = slotOf(slots, target);
      const key = { groupId: group.id, targetId: target.targetId, port: target.port };
      const state =
        target.state === "draining"
          ? drain(group, target, slots[index])
          : judge(group, target, checks[index]);
      return { key, index, state, isNewlyHealthy: state === HEALTHY && isInitial(target) };
    });
  });
  return {
    reports: found.flatMap(({ key, state }) => (state === DRAINED ? [] : [{ ...key, ...state }])),
    newlyHealthy: found.flatMap(({ key, index, isNewlyHealthy }) =>
      isNewlyHealthy ? [{ groupId: key.groupId, index }] : [],
    ),
    drained: found.flatMap(({ key, state }) => (state === DRAINED ? [key] : [])),
  };
}

/**
 * Over when nothing is under way any more, and at the end of the delay whatever is; but never while a worker was seen
 * that may send one request more.
 */
function drain(group: Group, target: Target, slot: ObservedGroup["slots"][number] | undefined): Judged {
  if (slot === undefined) return DRAINED;
  if (slot.open || slot.spareOpen || slot.openInOlder) return DRAINING;
  const isOver = target.drainingForMs >= group.deregistrationDelaySeconds * 1_000;
  return slot.requests === 0 || isOver ? DRAINED : DRAINING;
}

type Check = NonNullable<ReturnType<RunningServers["checks"]["get"]>>[number];

function judge({ healthCheck }: Group, target: Target, check: Check | undefined): Judged {
  if (check === undefined) return isInitial(target) ? REGISTERING : HEALTHY;
  if (isInitial(target)) {
    if (check.goodChecks > 0) return HEALTHY;
    const patienceMs =
      1_000 * (healthCheck.intervalSeconds * healthCheck.unhealthyThreshold + healthCheck.timeoutSeconds);
    return target.checkedForMs > patienceMs && wasChecked(check) ? failed(check) : CHECKING;
  }
  return check.up ? HEALTHY : failed(check);
}

/** A worker of HAProxy's that has just begun has not looked at anything yet. */
const wasChecked = ({ checkStatus }: Check): boolean => !["", "UNK", "INI"].includes(checkStatus);

function failed({ checkStatus, checkCode }: Check): Judged {
  if (checkStatus === "L7STS")
    return judged(
      "unhealthy",
      "Target.ResponseCodeMismatch",
      `Health checks failed with these codes: [${checkCode}]`,
    );
  if (/TOUT$/.test(checkStatus)) return judged("unhealthy", "Target.Timeout", "Request timed out");
  return judged("unhealthy", "Target.FailedHealthChecks", "Health checks failed");
}

const isInitial = ({ health }: Target): boolean =>
  health === null || health === "initial" || health === "unused";

function judged(state: TargetHealthState, reason: TargetHealthReason, description: string): Judged {
  return { state, reason, description };
}
