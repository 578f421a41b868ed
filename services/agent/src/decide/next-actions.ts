/** Decides what to do next for a task from what is known of it; the engine's owner of the task carries it out. */
import { isSharing } from "../network/task-network.ts";
import { mayStop, readinessOf } from "./dependencies.ts";
import type { ContainerRecord, ContainerSpec, TaskRecord } from "./task.ts";

export type Action =
  | { readonly kind: "pull" | "create" | "start" | "abandon"; readonly container: string }
  | { readonly kind: "stop"; readonly container: string; readonly timeoutSeconds: number }
  | { readonly kind: "neverStarts"; readonly container: string; readonly reason: string }
  | { readonly kind: "attachNetwork" }
  | { readonly kind: "releaseNetwork" }
  /** Removes containers, volumes and the record. */
  | { readonly kind: "cleanUp" }
  /** Look again then. */
  | { readonly kind: "wake"; readonly at: number };

export interface Timings {
  readonly now: number;
  readonly stopTimeoutSeconds: number;
  readonly cleanupAfterMs: number;
}

export function nextActions(task: TaskRecord, timings: Timings): readonly Action[] {
  if (task.stoppedAt !== null) return afterStop(task, task.stoppedAt, timings);
  const actions = task.containers.flatMap((record) => {
    const spec = task.spec.containers.find(({ name }) => name === record.name);
    if (!spec || record.phase === "STOPPED") return [];
    return task.desired === "STOPPED"
      ? towardsStopped(task, record, spec, timings)
      : towardsRunning(task, record, spec, timings);
  });
  return [...networkActions(task), ...actions];
}

/** The interface is made while images are pulled, and its address is held until every container has stopped. */
function networkActions({ network, desired, containers }: TaskRecord): readonly Action[] {
  if (network === undefined || network === "GONE") return [];
  if (containers.every(({ phase }) => phase === "STOPPED")) return [{ kind: "releaseNetwork" }];
  return network === "NONE" && desired === "RUNNING" ? [{ kind: "attachNetwork" }] : [];
}

/** Nothing is removed before the control plane has heard how it ended. */
function afterStop(task: TaskRecord, stoppedAt: number, timings: Timings): readonly Action[] {
  if (task.reported.task !== "STOPPED") return [];
  const at = stoppedAt + timings.cleanupAfterMs;
  return timings.now >= at ? [{ kind: "cleanUp" }] : [{ kind: "wake", at }];
}

function towardsStopped(
  task: TaskRecord,
  record: ContainerRecord,
  spec: ContainerSpec,
  { stopTimeoutSeconds }: Timings,
): readonly Action[] {
  if (record.phase !== "RUNNING") return [{ kind: "abandon", container: record.name }];
  if (!mayStop(task, record.name)) return [];
  const timeoutSeconds = spec.stopTimeoutSeconds ?? stopTimeoutSeconds;
  return [{ kind: "stop", container: record.name, timeoutSeconds }];
}

function towardsRunning(
  task: TaskRecord,
  record: ContainerRecord,
  spec: ContainerSpec,
  { now }: Timings,
): readonly Action[] {
  const container = record.name;
  switch (record.phase) {
    case "NONE": {
      const readiness = readinessOf(task, spec, now);
      if (readiness.kind === "never") return [{ kind: "neverStarts", container, reason: readiness.reason }];
      if (readiness.kind === "ready") return [{ kind: "pull", container }];
      return readiness.until === null ? [] : [{ kind: "wake", at: readiness.until }];
    }
    case "PULLED":
      // One that shares the task's network cannot be made before there is what it shares.
      return task.network === "NONE" && isSharing(task.spec) ? [] : [{ kind: "create", container }];
    case "CREATED":
      return task.network === "NONE" ? [] : [{ kind: "start", container }];
    case "RUNNING":
    case "STOPPED":
      return [];
  }
}
