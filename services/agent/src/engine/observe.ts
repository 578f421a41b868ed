/** Turns what the engine says of a container into observations, in the order in which they must have happened. */
import type { ContainerInspection } from "@roadstead/runtime/runtime";
import type { Observation } from "../decide/advance.ts";
import { type ContainerRecord, recordOf, specOf, type TaskRecord } from "../decide/task.ts";
import { startedObservation } from "./steps.ts";

/** What an event said of the end, for a container that is gone when one looks. */
export interface SeenExit {
  readonly exitCode: number | null;
  readonly at: number;
}

/** What events told of a container beside its state. */
export interface SeenEvents {
  readonly exit?: SeenExit | undefined;
  /** The kernel ended something for its memory; on control groups v1 the state may miss it. */
  readonly oom: boolean;
}

export function observationsOf(
  task: TaskRecord,
  name: string,
  inspection: ContainerInspection | null,
  seen: SeenEvents = { oom: false },
): readonly Observation[] {
  const record = recordOf(task, name);
  const spec = specOf(task, name);
  if (!record || !spec || record.phase === "STOPPED") return [];
  if (!inspection) {
    if (seen.exit && record.phase === "RUNNING")
      return [{ kind: "exited", oomKilled: seen.oom, ...seen.exit }];
    return [{ kind: "vanished" }];
  }
  const created: Observation = { kind: "created", runtimeId: inspection.id };
  if (inspection.startedAt === null || isOldRun(record, inspection)) return [created];
  const started = startedObservation(task.spec, spec, inspection);
  if (hasEnded(inspection)) return [created, started, exitOf(inspection, seen)];
  return spec.hasHealthCheck ? [created, started, healthOf(inspection)] : [created, started];
}

/** 128 and SIGKILL, which is how the kernel ends a process for its memory. */
const KILLED = 137;

const hasEnded = ({ status }: ContainerInspection) => status === "exited" || status === "dead";

/** Waiting to be restarted: the end that is to be seen is the one known already. */
const isOldRun = (record: ContainerRecord, inspection: ContainerInspection) =>
  record.phase === "CREATED" && inspection.startedAt === record.startedAt && hasEnded(inspection);

const exitOf = (inspection: ContainerInspection, seen: SeenEvents): Observation => ({
  kind: "exited",
  exitCode: inspection.exitCode,
  oomKilled: inspection.oomKilled || (seen.oom && inspection.exitCode === KILLED),
  at: inspection.finishedAt ?? inspection.createdAt,
});

function healthOf({ health }: ContainerInspection): Observation {
  const status = health === "healthy" ? "HEALTHY" : health === "unhealthy" ? "UNHEALTHY" : "UNKNOWN";
  return { kind: "health", health: status };
}
