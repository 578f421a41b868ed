/** Decides what a report or a request makes of a task's state; `transitionTasks` in db is its only caller. */
import { type StopCause, stopCauseOf } from "./stop-reason.ts";
import {
  type ContainerObservation,
  type ContainerReport,
  type DesiredStatus,
  type HealthStatus,
  laterStatus,
  mergeContainer,
  type StopCode,
  TASK_STATUS_ORDER,
  type TaskContainer,
  type TaskStatus,
  taskHealth,
  unobserved,
} from "./task.ts";

/** The part of a task that changes. Times are epoch milliseconds. */
export interface TaskState {
  readonly desiredStatus: DesiredStatus;
  readonly lastStatus: TaskStatus;
  readonly version: number;
  readonly containers: readonly ContainerObservation[];
  readonly healthStatus: HealthStatus;
  readonly stopCode: StopCode | null;
  readonly stoppedReason: string | null;
  readonly pullStartedAt: number | null;
  readonly pullStoppedAt: number | null;
  readonly startedAt: number | null;
  readonly stoppingAt: number | null;
  readonly executionStoppedAt: number | null;
  readonly stoppedAt: number | null;
}

/** What someone wants of, or has seen of, a task. Members left out say nothing. */
export interface TaskChange {
  readonly taskId: string;
  /** The instance that reports; a task that is not on it is none of its business. */
  readonly reportedBy?: string;
  /** Asks for a stop; the first cause wins. */
  readonly stop?: StopCause;
  /** A status seen by the agent or made by the control plane. */
  readonly lastStatus?: TaskStatus;
  /** The agent's own words about a STOPPED task. */
  readonly reason?: string;
  readonly containers?: readonly ContainerReport[];
  readonly health?: readonly { readonly name: string; readonly healthStatus: HealthStatus }[];
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly executionStoppedAt?: number;
}

/**
 * What the stop of a task makes of it while load balancers send it requests: it is DEACTIVATING until those are through,
 * and only then its agent hears of the stop.
 */
export const drainingFirst = (
  { lastStatus, desiredStatus }: Pick<TaskState, "lastStatus" | "desiredStatus">,
  change: TaskChange,
): TaskChange =>
  change.stop && lastStatus === "RUNNING" && desiredStatus === "RUNNING"
    ? { ...change, lastStatus: laterStatus(change.lastStatus ?? "DEACTIVATING", "DEACTIVATING") }
    : change;

/**
 * The next state, or null when the change says nothing new. A stopped task never changes again; a status
 * never goes back; a fact once known is never unlearned; the version rises by one with every change.
 */
export function advanceTask(
  task: { readonly containers: readonly TaskContainer[] },
  state: TaskState,
  change: TaskChange,
  now: number,
): TaskState | null {
  if (state.lastStatus === "STOPPED") return null;
  let next = observe(task, state, change, now);
  if (change.stop) next = requestStop(next, change.stop, now);
  const cause = next.desiredStatus === "RUNNING" ? naturalStop(task, next, change) : null;
  if (cause) next = requestStop(next, cause, now);
  if (next.lastStatus === "STOPPED") next = finish(task, next, now);
  next = { ...next, healthStatus: taskHealth(task.containers, next.containers) };
  return same(state, next) ? null : { ...next, version: state.version + 1 };
}

function observe(
  task: { readonly containers: readonly TaskContainer[] },
  state: TaskState,
  change: TaskChange,
  now: number,
): TaskState {
  const lastStatus = change.lastStatus ? laterStatus(state.lastStatus, change.lastStatus) : state.lastStatus;
  return {
    ...state,
    lastStatus,
    containers: mergeContainers(task.containers, state.containers, change),
    pullStartedAt: state.pullStartedAt ?? change.pullStartedAt ?? null,
    pullStoppedAt: state.pullStoppedAt ?? change.pullStoppedAt ?? null,
    executionStoppedAt: state.executionStoppedAt ?? change.executionStoppedAt ?? null,
    startedAt: state.startedAt ?? (change.lastStatus === "RUNNING" ? now : null),
  };
}

function mergeContainers(
  declared: readonly TaskContainer[],
  known: readonly ContainerObservation[],
  change: TaskChange,
): readonly ContainerObservation[] {
  if (!change.containers && !change.health) return known;
  return declared.map((container) => {
    let observed = known.find(({ name }) => name === container.name) ?? unobserved(container);
    for (const report of change.containers ?? []) {
      if (report.name === container.name) observed = mergeContainer(observed, report);
    }
    const health = change.health?.find(({ name }) => name === container.name);
    return health ? { ...observed, healthStatus: health.healthStatus } : observed;
  });
}

/** A task whose essential container has stopped, or which is itself reported stopped, is to stop. */
function naturalStop(
  task: { readonly containers: readonly TaskContainer[] },
  state: TaskState,
  change: TaskChange,
): StopCause | null {
  const essentialStopped = task.containers.some(
    (container) =>
      container.essential &&
      state.containers.some(({ name, lastStatus }) => name === container.name && lastStatus === "STOPPED"),
  );
  if (!essentialStopped && state.lastStatus !== "STOPPED") return null;
  return stopCauseOf({
    hasRun: state.startedAt !== null,
    reason: change.reason || null,
    containers: task.containers,
    observed: state.containers,
  });
}

const requestStop = (state: TaskState, cause: StopCause, now: number): TaskState => ({
  ...state,
  desiredStatus: "STOPPED",
  stoppingAt: state.stoppingAt ?? now,
  stopCode: state.stopCode ?? cause.stopCode,
  stoppedReason: state.stoppedReason ?? cause.stoppedReason,
});

function finish(
  task: { readonly containers: readonly TaskContainer[] },
  state: TaskState,
  now: number,
): TaskState {
  const ran = state.containers.some(({ runtimeId }) => runtimeId !== null);
  const executionStoppedAt = state.executionStoppedAt ?? (ran ? now : null);
  return {
    ...state,
    stoppedAt: now,
    executionStoppedAt:
      executionStoppedAt === null ? null : withinLife(executionStoppedAt, state.startedAt, now),
    containers: task.containers.map((container) => ({
      ...(state.containers.find(({ name }) => name === container.name) ?? unobserved(container)),
      lastStatus: "STOPPED",
    })),
  };
}

/**
 * The agent's clock is not ours, and a short task has ended before we hear that it began: still nothing ends before it
 * began, nor later than now.
 */
const withinLife = (at: number, startedAt: number | null, now: number): number =>
  Math.min(Math.max(at, startedAt ?? at), now);

const same = (a: TaskState, b: TaskState) => canonical(a) === canonical(b);

/** The database orders members its own way, so that a repeated report must be compared whatever their order. */
const canonical = (value: unknown): string => JSON.stringify(value, (_, member: unknown) => sorted(member));

function sorted(member: unknown): unknown {
  if (member === null || typeof member !== "object" || Array.isArray(member)) return member;
  return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** True once a status is at or past another. */
export const hasReached = (status: TaskStatus, goal: TaskStatus) =>
  TASK_STATUS_ORDER[status] >= TASK_STATUS_ORDER[goal];
