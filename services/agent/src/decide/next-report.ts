/** Decides the next state to submit for a task, one at a time and never backwards; the reporter asks after each answer. */
import {
  type ContainerRecord,
  type NetworkBinding,
  REPORTED_STATUSES,
  type ReportedStatus,
  type TaskRecord,
} from "./task.ts";

interface ContainerReport {
  readonly containerName: string;
  readonly status: "RUNNING" | "STOPPED";
  readonly runtimeId?: string;
  readonly imageDigest?: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly networkBindings?: readonly NetworkBinding[];
}

/** Times are epoch milliseconds. */
export interface TaskReport {
  readonly status: "PENDING" | "RUNNING" | "STOPPED";
  readonly reason?: string;
  readonly containers: readonly ContainerReport[];
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly executionStoppedAt?: number;
  readonly attachments?: readonly { readonly attachmentArn: string; readonly status: "ATTACHED" }[];
}

/** A task that ran and ended unheard is reported RUNNING first: whether it ever ran decides its stop code. */
export function nextReport(task: TaskRecord): TaskReport | null {
  const { network } = task.spec;
  if (network && task.network === "UP" && !task.reported.isAttached) {
    const attachments = [{ attachmentArn: network.attachmentArn, status: "ATTACHED" as const }];
    return { ...report(task, "PENDING", []), attachments };
  }
  if (task.runningAt !== null && isNews(task.reported.task, "RUNNING")) {
    const started = task.containers.filter(
      (container) => container.startedAt !== null && isNews(reportedOf(task, container), "RUNNING"),
    );
    return report(
      task,
      "RUNNING",
      started.map((container) => containerReport(container, "RUNNING")),
    );
  }
  // Told at once with the task's own end, which waits for its network interface to go.
  if (task.stoppedAt === null && task.containers.every(({ phase }) => phase === "STOPPED")) return null;
  const status = task.stoppedAt !== null ? "STOPPED" : task.runningAt !== null ? "RUNNING" : "PENDING";
  const containers = task.containers.flatMap((container) => {
    const now = statusOf(container);
    return now !== "PENDING" && isNews(reportedOf(task, container), now)
      ? [containerReport(container, now)]
      : [];
  });
  const taskIsNews = status === "STOPPED" && isNews(task.reported.task, status);
  return taskIsNews || containers.length > 0 ? report(task, status, containers) : null;
}

/** The record once the control plane has taken the report. */
export function acknowledged(task: TaskRecord, taken: TaskReport): TaskRecord {
  return {
    ...task,
    reported: {
      ...task.reported,
      ...(taken.attachments ? { isAttached: true } : {}),
      task: later(task.reported.task, taken.status),
      containers: {
        ...task.reported.containers,
        ...Object.fromEntries(
          taken.containers.map(({ containerName, status }) => [
            containerName,
            later(task.reported.containers[containerName] ?? "NONE", status),
          ]),
        ),
      },
    },
  };
}

const rank = (status: ReportedStatus) => REPORTED_STATUSES.indexOf(status);
const isNews = (known: ReportedStatus, status: ReportedStatus) => rank(status) > rank(known);
const later = (a: ReportedStatus, b: ReportedStatus) => (rank(a) >= rank(b) ? a : b);
const reportedOf = (task: TaskRecord, { name }: ContainerRecord) => task.reported.containers[name] ?? "NONE";

function statusOf(container: ContainerRecord): "PENDING" | "RUNNING" | "STOPPED" {
  if (container.phase === "STOPPED") return "STOPPED";
  return container.startedAt === null ? "PENDING" : "RUNNING";
}

function report(
  task: TaskRecord,
  status: TaskReport["status"],
  containers: readonly ContainerReport[],
): TaskReport {
  return {
    status,
    containers,
    // The end of a task that ran is put down to what is said with the first container that stops.
    ...((status === "STOPPED" || task.runningAt !== null) && task.reason ? { reason: task.reason } : {}),
    ...(task.pullStartedAt === null ? {} : { pullStartedAt: task.pullStartedAt }),
    ...(task.pullStoppedAt === null ? {} : { pullStoppedAt: task.pullStoppedAt }),
    ...(status !== "STOPPED" || task.executionStoppedAt === null
      ? {}
      : { executionStoppedAt: task.executionStoppedAt }),
  };
}

function containerReport(container: ContainerRecord, status: "RUNNING" | "STOPPED"): ContainerReport {
  return {
    containerName: container.name,
    status,
    ...(container.runtimeId ? { runtimeId: container.runtimeId } : {}),
    ...(container.imageDigest ? { imageDigest: container.imageDigest } : {}),
    ...(container.bindings.length > 0 ? { networkBindings: container.bindings } : {}),
    ...(status === "STOPPED" && container.exitCode !== null ? { exitCode: container.exitCode } : {}),
    ...(status === "STOPPED" && container.reason ? { reason: container.reason } : {}),
  };
}
