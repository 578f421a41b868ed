/**
 * Decides what a service does next: what to start and stop, whose deployment is complete, what to say and when to look
 * again. The deployer calls it for each ring of a service's bell; the same snapshot always gives the same decision.
 */
import { Announcements, REPEAT_AFTER_MS } from "./announcements.ts";
import { hasTripped, tallyOf } from "./circuit-breaker.ts";
import { daemonInstanceIds, planDaemon } from "./daemon.ts";
import {
  CIRCUIT_BREAKER_TRIPPED,
  deploymentCompletedMessage,
  deploymentFailedMessage,
  FAILED_HEALTH_CHECKS,
  inconsistentStartsMessage,
  scalingReason,
  steadyMessage,
  stoppedPendingMessage,
  stoppedTasksMessage,
  stuckMessage,
  TASKS_PER_MESSAGE,
  unhealthyTaskMessage,
  unplacedMessage,
} from "./messages.ts";
import { type Plan, startGate } from "./plan.ts";
import { planReplica } from "./replica.ts";
import { earlier, isEnding, isGone } from "./roster.ts";
import type {
  DeploymentChange,
  DeploymentState,
  FailureTally,
  PlacementBackOff,
  ReconcileDecision,
  ServiceSnapshot,
  ServiceTask,
} from "./service-snapshot.ts";
import { startThrottle } from "./start-throttle.ts";

export type { ReconcileDecision, ServiceSnapshot } from "./service-snapshot.ts";

export function reconcile(snapshot: ServiceSnapshot): ReconcileDecision {
  const primary = snapshot.deployments.find(({ status }) => status === "PRIMARY");
  if (!primary || snapshot.service.status !== "ACTIVE") return retire(snapshot, primary);
  const { nowMs, service } = snapshot;
  const isDaemon = service.schedulingStrategy === "DAEMON";
  const desired = isDaemon ? daemonInstanceIds(snapshot.instances).length : service.desiredCount;
  const backOff = backOffAfter(snapshot, primary);
  const gate = startGate(nowMs, primary, backOff, desired);
  const plan = (isDaemon ? planDaemon : planReplica)(snapshot, primary, gate);
  const tally = tallyOf(snapshot, primary, plan.failed);
  if (hasTripped(snapshot, primary, tally, desired)) return giveUp(snapshot, primary, tally);
  const rollout = rolloutOf(snapshot, primary, plan, desired);
  const said = new Announcements(nowMs, service, primary);
  announceTrouble(
    said,
    snapshot,
    primary,
    plan.wanted > 0 && startThrottle(primary.startFailures, desired).inconsistent,
  );
  announceSteps(said, snapshot, plan);
  for (const { id, change } of rollout.changes)
    if (change === "COMPLETED") said.say(deploymentCompletedMessage(service.name, id));
  const steadyAtMs = rollout.steady ? announceSteady(said, snapshot, rollout) : null;
  const repeatAtMs = steadyAtMs === null ? null : steadyAtMs + REPEAT_AFTER_MS;
  const scaling = scalingReason(primary.id);
  return {
    starts: plan.starts,
    stops: [
      ...plan.failed.map(({ id }) => ({ taskId: id, reason: FAILED_HEALTH_CHECKS })),
      ...plan.scaledIn.map(({ id }) => ({ taskId: id, reason: scaling })),
    ],
    deployments: rollout.changes,
    tally,
    rollBack: false,
    desiredCount: desired === service.desiredCount ? null : desired,
    messages: said.messages,
    steadyAtMs,
    status: "ACTIVE",
    placement: isPlaced(snapshot, primary, plan) ? NO_BACK_OFF : backOff,
    wakeAtMs: [plan.wakeAtMs, repeatAtMs, said.repeatAtMs].reduce(earlier),
  };
}

const NO_BACK_OFF: PlacementBackOff = { failedAtMs: null, attempts: 0 };

/** A service that is being deleted stops everything, and is INACTIVE as soon as nothing of it serves any more. */
function retire(snapshot: ServiceSnapshot, primary: DeploymentState | undefined): ReconcileDecision {
  const { nowMs, service, tasks, deployments } = snapshot;
  const going = tasks.filter((task) => !isEnding(task));
  const reason = scalingReason(primary?.id ?? deployments[0]?.id ?? "");
  const inactive = service.status !== "ACTIVE" && tasks.every(isGone);
  const said = primary ? new Announcements(nowMs, service, primary) : null;
  if (said) announceStops(said, service.name, going);
  return {
    starts: [],
    stops: going.map(({ id }) => ({ taskId: id, reason })),
    deployments: inactive ? deployments.map(({ id }) => inactiveBecause(id, "of a deleted service")) : [],
    tally: null,
    rollBack: false,
    desiredCount: null,
    messages: said?.messages ?? [],
    steadyAtMs: null,
    status: inactive ? "INACTIVE" : service.status,
    placement: NO_BACK_OFF,
    wakeAtMs: null,
  };
}

/** The circuit breaker ends a deployment: what that means for tasks is for the next pass, which sees it FAILED or replaced. */
function giveUp(
  { nowMs, service }: ServiceSnapshot,
  primary: DeploymentState,
  tally: FailureTally | null,
): ReconcileDecision {
  const rollBack = (service.circuitBreaker?.rollback ?? false) && service.hasCompleted && !primary.isRollback;
  return {
    starts: [],
    stops: [],
    deployments: [{ id: primary.id, change: "FAILED", reason: CIRCUIT_BREAKER_TRIPPED }],
    tally,
    rollBack,
    desiredCount: null,
    messages: [deploymentFailedMessage(service.name, primary.id)],
    steadyAtMs: null,
    status: "ACTIVE",
    placement: NO_BACK_OFF,
    wakeAtMs: nowMs,
  };
}

const inactiveBecause = (id: string, why: string): DeploymentChange => ({
  id,
  change: "INACTIVE",
  reason: `ECS deployment ${id} ${why}.`,
});

/** Failures since the last pass lengthen the wait; a deployment that is newer than them starts without one. */
function backOffAfter(
  { nowMs, service: { placement }, launchFailures }: ServiceSnapshot,
  primary: DeploymentState,
): PlacementBackOff {
  const isOld = placement.failedAtMs !== null && placement.failedAtMs < primary.createdAtMs;
  const before = isOld ? NO_BACK_OFF : placement;
  return launchFailures.some(({ deploymentId }) => deploymentId === primary.id)
    ? { failedAtMs: nowMs, attempts: before.attempts + 1 }
    : before;
}

/** Everything that was to be placed has been. */
const isPlaced = ({ tasks }: ServiceSnapshot, { id }: DeploymentState, { wanted }: Plan): boolean =>
  wanted === 0 && !tasks.some((task) => task.deploymentId === id && task.lastStatus === "PLACING");

interface Rollout {
  readonly changes: readonly DeploymentChange[];
  readonly completed: boolean;
  readonly steady: boolean;
}

function rolloutOf(
  { deployments, tasks }: ServiceSnapshot,
  primary: DeploymentState,
  plan: Plan,
  desired: number,
): Rollout {
  const held = new Set(tasks.filter((task) => !isGone(task)).map(({ deploymentId }) => deploymentId));
  const ended = deployments.filter(({ id }) => id !== primary.id && !held.has(id));
  const alone = [...held].every((id) => id === primary.id);
  const done = alone && plan.settled && plan.starts.length + plan.scaledIn.length + plan.failed.length === 0;
  const completed = primary.rolloutState === "IN_PROGRESS" && (done || desired === 0);
  const changes = ended.map(({ id }) => inactiveBecause(id, `replaced by ${primary.id}`));
  if (completed)
    changes.push({
      id: primary.id,
      change: "COMPLETED",
      reason: `ECS deployment ${primary.id} completed.`,
    });
  return { changes, completed, steady: done && primary.rolloutState !== "FAILED" };
}

function announceTrouble(
  said: Announcements,
  { service, launchFailures }: ServiceSnapshot,
  primary: DeploymentState,
  inconsistent: boolean,
): void {
  for (const failure of launchFailures)
    if (failure.deploymentId === primary.id) said.sayOnce(unplacedMessage(service.name, failure));
  if (inconsistent) said.sayWhileTrue(inconsistentStartsMessage(service.name));
}

function announceSteps(said: Announcements, { service: { name } }: ServiceSnapshot, plan: Plan): void {
  for (const { id } of plan.failed) said.say(unhealthyTaskMessage(name, id));
  announceStops(said, name, [...plan.failed, ...plan.scaledIn]);
  if (plan.stuck) said.sayWhileTrue(stuckMessage(name));
}

/** A PLACING task was never seen, so nobody is told that it stops. */
function announceStops(said: Announcements, serviceName: string, tasks: readonly ServiceTask[]): void {
  const running = tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
  for (let at = 0; at < running.length; at += TASKS_PER_MESSAGE) {
    const some = running.slice(at, at + TASKS_PER_MESSAGE);
    said.say(
      stoppedTasksMessage(
        serviceName,
        some.map(({ id }) => id),
      ),
    );
  }
  const placing = tasks.filter(({ lastStatus }) => lastStatus === "PLACING").length;
  const pending = tasks.length - running.length - placing;
  if (pending > 0) said.say(stoppedPendingMessage(serviceName, pending));
}

/** Says that the service is steady when that is news, and every six hours; gives when it was last said. */
function announceSteady(
  said: Announcements,
  { nowMs, service: { name, steadyAtMs } }: ServiceSnapshot,
  { completed }: Rollout,
): number {
  if (steadyAtMs !== null && !completed && nowMs < steadyAtMs + REPEAT_AFTER_MS) return steadyAtMs;
  said.say(steadyMessage(name));
  return nowMs;
}
