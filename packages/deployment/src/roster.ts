/** Sorts a service's tasks by what they are worth to it, in one pass; `reconcile` and its strategies count on it. */
import { TASK_STATUS_ORDER } from "@roadstead/model/task";
import type { DeploymentState, ServiceSnapshot, ServiceTask } from "./service-snapshot.ts";

/** Tasks that are meant to go on, by how well they do. */
export interface TaskGroup {
  readonly starting: ServiceTask[];
  /** Runs, but has not shown yet that it is healthy. */
  readonly warming: ServiceTask[];
  readonly healthy: ServiceTask[];
  readonly unhealthy: ServiceTask[];
}

export interface Roster {
  readonly primary: DeploymentState;
  /** Everything not STOPPED: what maximumPercent counts. */
  readonly live: number;
  /** Live, but already told to stop or stopping by itself. */
  readonly ending: number;
  /** The newest deployment's, where they may stay. */
  readonly keep: TaskGroup;
  /** Of older deployments or on DRAINING instances: to be replaced. */
  readonly leave: TaskGroup;
  /** When the next task turns healthy, or is held to be unhealthy, by time alone. */
  readonly nextTurnAtMs: number | null;
}

/** A container is on its way out from here on; its deployment no longer counts it. */
export const isGone = ({ lastStatus }: ServiceTask): boolean =>
  TASK_STATUS_ORDER[lastStatus] >= TASK_STATUS_ORDER.STOPPING;

export const isEnding = ({ lastStatus, desiredStatus }: ServiceTask): boolean =>
  desiredStatus === "STOPPED" || TASK_STATUS_ORDER[lastStatus] > TASK_STATUS_ORDER.RUNNING;

const emptyGroup = (): TaskGroup => ({ starting: [], warming: [], healthy: [], unhealthy: [] });

/** `mayStay` says whether a task's instance suits it; a task of an older deployment leaves anyway. */
export function rosterOf(
  snapshot: ServiceSnapshot,
  primary: DeploymentState,
  mayStay: (task: ServiceTask) => boolean,
): Roster {
  const keep = emptyGroup();
  const leave = emptyGroup();
  const deployments = new Map(snapshot.deployments.map((deployment) => [deployment.id, deployment]));
  let ending = 0;
  let nextTurnAtMs: number | null = null;
  for (const task of snapshot.tasks) {
    if (isEnding(task)) {
      ending++;
      continue;
    }
    const { worth, turnAtMs } = worthOf(task, deployments.get(task.deploymentId), snapshot);
    // What a failed deployment was to replace stays as it is.
    const current = task.deploymentId === primary.id || primary.rolloutState === "FAILED";
    (current && mayStay(task) ? keep : leave)[worth].push(task);
    nextTurnAtMs = earlier(nextTurnAtMs, turnAtMs);
  }
  return { primary, live: snapshot.tasks.length, ending, keep, leave, nextTurnAtMs };
}

/** What a task that goes on is worth now, and when time alone will change that. */
export function worthOf(
  task: ServiceTask,
  deployment: DeploymentState | undefined,
  { nowMs, service, settings }: ServiceSnapshot,
): { worth: keyof TaskGroup; turnAtMs: number | null } {
  if (task.lastStatus !== "RUNNING") return { worth: "starting", turnAtMs: null };
  const startedAtMs = task.startedAtMs ?? task.createdAtMs;
  if (!deployment?.hasHealthCheck) {
    const provenAtMs = startedAtMs + settings.healthyAfterMs;
    return nowMs >= provenAtMs
      ? { worth: "healthy", turnAtMs: null }
      : { worth: "warming", turnAtMs: provenAtMs };
  }
  if (task.health === "HEALTHY") return { worth: "healthy", turnAtMs: null };
  if (task.health === "UNKNOWN") return { worth: "warming", turnAtMs: null };
  const graceEndsAtMs = startedAtMs + service.healthCheckGracePeriodMs;
  return nowMs >= graceEndsAtMs
    ? { worth: "unhealthy", turnAtMs: null }
    : { worth: "warming", turnAtMs: graceEndsAtMs };
}

/** The earlier of two moments, where null is never. */
export function earlier(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}
