/** Decides what a task becomes by one observation of one container; every change of a task's record goes through here. */
import {
  type ContainerHealth,
  type ContainerRecord,
  type DesiredStatus,
  type NetworkBinding,
  PHASES,
  type RestartPolicy,
  recordOf,
  specOf,
  type TaskRecord,
} from "./task.ts";

export type Observation =
  | { readonly kind: "pullStarted" }
  | { readonly kind: "pulled"; readonly imageDigest: string | null }
  | { readonly kind: "created"; readonly runtimeId: string }
  | {
      readonly kind: "started";
      readonly runtimeId: string;
      readonly at: number;
      readonly bindings: readonly NetworkBinding[];
    }
  | {
      readonly kind: "exited";
      readonly exitCode: number | null;
      readonly oomKilled: boolean;
      readonly at: number;
    }
  | { readonly kind: "vanished" }
  | { readonly kind: "failed"; readonly reason: string; readonly exitCode?: number }
  | { readonly kind: "neverStarts"; readonly reason: string }
  | { readonly kind: "abandoned" }
  | { readonly kind: "health"; readonly health: ContainerHealth };

/** Of the task's own network interface. */
export type NetworkObservation =
  | { readonly kind: "attached" | "lost" | "released" }
  | { readonly kind: "failed"; readonly reason: string };

export const REASON_MAX_CHARS = 1_024;
const OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage";
const NETWORK_LOST = "NetworkLostError: the task's network interface was removed by someone else";
const VANISHED = "ContainerVanishedError: the container was removed by someone else";

export function advance(task: TaskRecord, name: string, observation: Observation, now: number): TaskRecord {
  const container = recordOf(task, name);
  if (!container || container.phase === "STOPPED") return task;
  const next = withTimes(task, observation, now);
  const changed = observed(next, container, observation, now);
  if (changed === container && next === task) return task;
  const containers = next.containers.map((other) => (other.name === name ? changed : other));
  const desired: DesiredStatus = observation.kind === "neverStarts" ? "STOPPED" : next.desired;
  return settle({ ...next, desired, containers }, now);
}

/** Without its interface a task cannot go on; what holds its address is let go when all its containers have stopped. */
export function advanceNetwork(task: TaskRecord, observation: NetworkObservation, now: number): TaskRecord {
  if (task.network === undefined || task.network === "GONE") return task;
  switch (observation.kind) {
    case "attached":
      return task.network === "UP" ? task : { ...task, network: "UP" };
    case "released":
      return settle({ ...task, network: "GONE" }, now);
    case "lost":
      return { ...task, desired: "STOPPED", reason: task.reason ?? NETWORK_LOST };
    case "failed":
      return { ...task, desired: "STOPPED", reason: task.reason ?? shortened(observation.reason) };
  }
}

/** STOPPED once is STOPPED for good. */
export function desire(task: TaskRecord, desired: DesiredStatus): TaskRecord {
  return desired === "STOPPED" && task.desired === "RUNNING" ? { ...task, desired } : task;
}

function withTimes(task: TaskRecord, observation: Observation, now: number): TaskRecord {
  if (observation.kind === "pullStarted") return { ...task, pullStartedAt: task.pullStartedAt ?? now };
  if (observation.kind === "pulled") return { ...task, pullStoppedAt: now };
  return task;
}

function observed(
  task: TaskRecord,
  container: ContainerRecord,
  observation: Observation,
  now: number,
): ContainerRecord {
  switch (observation.kind) {
    case "pullStarted":
      return container;
    case "pulled":
      return isBefore(container, "PULLED")
        ? { ...container, phase: "PULLED", imageDigest: observation.imageDigest }
        : container;
    case "created":
      return isBefore(container, "CREATED")
        ? { ...container, phase: "CREATED", runtimeId: observation.runtimeId }
        : container;
    case "started":
      return isBefore(container, "RUNNING")
        ? {
            ...container,
            phase: "RUNNING",
            runtimeId: observation.runtimeId,
            startedAt: observation.at,
            bindings: observation.bindings,
            healthSince: now,
          }
        : container;
    case "exited":
      return exited(task, container, observation);
    case "vanished":
      // Not made yet is nothing lost.
      return isBefore(container, "CREATED")
        ? container
        : { ...container, phase: "STOPPED", reason: container.reason ?? VANISHED, finishedAt: now };
    case "failed":
      return stopped(container, observation.reason, observation.exitCode ?? null);
    case "neverStarts":
      return stopped(container, observation.reason, null);
    case "abandoned":
      return stopped(container, null, null);
    case "health":
      return observation.health === container.health
        ? container
        : { ...container, health: observation.health, healthSince: now };
  }
}

const isBefore = (container: ContainerRecord, phase: ContainerRecord["phase"]) =>
  PHASES.indexOf(container.phase) < PHASES.indexOf(phase);

const stopped = (
  container: ContainerRecord,
  reason: string | null,
  exitCode: number | null,
): ContainerRecord => ({
  ...container,
  phase: "STOPPED",
  exitCode,
  reason: reason === null ? null : shortened(reason),
});

/** Cutting may halve a surrogate pair, which the api refuses. */
const shortened = (reason: string) => reason.slice(0, REASON_MAX_CHARS).toWellFormed();

function exited(
  task: TaskRecord,
  container: ContainerRecord,
  { exitCode, oomKilled, at }: Extract<Observation, { kind: "exited" }>,
): ContainerRecord {
  const policy = specOf(task, container.name)?.restartPolicy;
  if (policy && task.desired === "RUNNING" && mayRestart(policy, container, { exitCode, at })) {
    return { ...container, phase: "CREATED", restartCount: container.restartCount + 1 };
  }
  return {
    ...container,
    phase: "STOPPED",
    exitCode,
    reason: oomKilled ? OUT_OF_MEMORY : null,
    finishedAt: at,
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html */
function mayRestart(
  policy: RestartPolicy,
  container: ContainerRecord,
  exit: { readonly exitCode: number | null; readonly at: number },
): boolean {
  return (
    policy.enabled &&
    exit.exitCode !== null &&
    !policy.ignoredExitCodes.includes(exit.exitCode) &&
    container.startedAt !== null &&
    exit.at - container.startedAt >= policy.restartAttemptPeriodSeconds * 1_000
  );
}

const hasInterface = ({ network }: TaskRecord) => network === "NONE" || network === "UP";

function hasRun({ containers }: TaskRecord, desired: DesiredStatus): boolean {
  const allRan = containers.every(
    ({ phase, startedAt }) => phase === "RUNNING" || (phase === "STOPPED" && startedAt !== null),
  );
  // A side container that could not start holds nothing up.
  const allRun = containers.every(({ phase }) => phase === "RUNNING" || phase === "STOPPED");
  return allRan || (allRun && desired === "RUNNING");
}

/** What follows for the task: an essential container that stopped ends it; it runs once all run, and has stopped once all have. */
function settle(task: TaskRecord, now: number): TaskRecord {
  const essentialStopped = task.containers.find(
    ({ name, phase }) => phase === "STOPPED" && specOf(task, name)?.essential === true,
  );
  const desired: DesiredStatus = essentialStopped ? "STOPPED" : task.desired;
  const allStopped = task.containers.every(({ phase }) => phase === "STOPPED");
  const runs = hasRun(task, desired);
  const failure = task.runningAt === null && !runs ? (essentialStopped?.reason ?? null) : null;
  return {
    ...task,
    desired,
    reason: task.reason ?? failure,
    runningAt: task.runningAt ?? (runs ? now : null),
    executionStoppedAt:
      task.executionStoppedAt ??
      (essentialStopped || allStopped ? (essentialStopped?.finishedAt ?? now) : null),
    // Its address may be another's as soon as it is said to have stopped.
    stoppedAt: task.stoppedAt ?? (allStopped && !hasInterface(task) ? now : null),
  };
}
