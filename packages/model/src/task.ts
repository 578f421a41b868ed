/** The task's life as a clock that only moves forward; db, api, scheduler and gateway all read it from here. */

/**
 * Statuses in order, spaced so that others can be inserted. Of two observations the greater one is right.
 * PLACING is ours: accepted by RunTask, not yet placed, hidden from every answer.
 */
export const TASK_STATUS_ORDER = {
  PLACING: 0,
  PROVISIONING: 64,
  PENDING: 128,
  ACTIVATING: 192,
  RUNNING: 256,
  DEACTIVATING: 320,
  STOPPING: 384,
  DEPROVISIONING: 448,
  STOPPED: 512,
} as const;

export type TaskStatus = keyof typeof TASK_STATUS_ORDER;
export type DesiredStatus = "RUNNING" | "STOPPED";
export type LaunchType = "EC2" | "FARGATE" | "EXTERNAL" | "MANAGED_INSTANCES";
export type HealthStatus = "HEALTHY" | "UNHEALTHY" | "UNKNOWN";
export type Connectivity = "CONNECTED" | "DISCONNECTED";
export type StopCode =
  | "TaskFailedToStart"
  | "EssentialContainerExited"
  | "UserInitiated"
  | "ServiceSchedulerInitiated"
  | "SpotInterruption"
  | "TerminationNotice"
  | "InfrastructureHealth";

/** The later of two statuses. */
export const laterStatus = (a: TaskStatus, b: TaskStatus): TaskStatus =>
  TASK_STATUS_ORDER[a] >= TASK_STATUS_ORDER[b] ? a : b;

export const isTaskStatus = (text: string): text is TaskStatus => Object.hasOwn(TASK_STATUS_ORDER, text);

const CONTAINER_STATUS_ORDER = { PENDING: 0, RUNNING: 1, STOPPED: 2 } as const;
export type ContainerStatus = keyof typeof CONTAINER_STATUS_ORDER;

export interface NetworkBinding {
  readonly bindIP?: string;
  readonly containerPort?: number;
  readonly hostPort?: number;
  readonly containerPortRange?: string;
  readonly hostPortRange?: string;
  readonly protocol?: "tcp" | "udp";
}

/** What has been observed of one container of a task; absent is null. */
export interface ContainerObservation {
  readonly name: string;
  readonly lastStatus: ContainerStatus;
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly runtimeId: string | null;
  readonly imageDigest: string | null;
  readonly networkBindings: readonly NetworkBinding[];
  readonly healthStatus: HealthStatus;
}

/** The immutable part of a task's container, fixed at launch. */
export interface TaskContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly cpu: number;
  readonly memoryMiB: number | null;
  readonly memoryReservationMiB: number | null;
  readonly hasHealthCheck: boolean;
}

/** One report about a container, as an agent sends it: only what it knows. */
export interface ContainerReport {
  readonly name: string;
  readonly status: ContainerStatus | null;
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly runtimeId: string | null;
  readonly imageDigest: string | null;
  readonly networkBindings: readonly NetworkBinding[] | null;
}

export const unobserved = (container: TaskContainer): ContainerObservation => ({
  name: container.name,
  lastStatus: "PENDING",
  exitCode: null,
  reason: null,
  runtimeId: null,
  imageDigest: null,
  networkBindings: [],
  healthStatus: "UNKNOWN",
});

/** Merges a report into what was known; never lowers a status and never unlearns a fact. */
export function mergeContainer(known: ContainerObservation, report: ContainerReport): ContainerObservation {
  const status = report.status ?? known.lastStatus;
  const older = CONTAINER_STATUS_ORDER[status] < CONTAINER_STATUS_ORDER[known.lastStatus];
  if (older) return withMissingFacts(known, report);
  return {
    ...known,
    lastStatus: status,
    exitCode: known.exitCode ?? report.exitCode,
    reason: known.reason ?? (report.reason || null),
    runtimeId: report.runtimeId ?? known.runtimeId,
    imageDigest: report.imageDigest ?? known.imageDigest,
    networkBindings: report.networkBindings?.length ? report.networkBindings : known.networkBindings,
  };
}

/** A late report still tells what a newer one left out. */
const withMissingFacts = (known: ContainerObservation, late: ContainerReport): ContainerObservation => ({
  ...known,
  runtimeId: known.runtimeId ?? late.runtimeId,
  imageDigest: known.imageDigest ?? late.imageDigest,
  networkBindings: known.networkBindings.length > 0 ? known.networkBindings : (late.networkBindings ?? []),
});

/**
 * Health of a task: the worst of its essential containers that define a health check; UNKNOWN if none does.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
 */
export function taskHealth(
  containers: readonly TaskContainer[],
  observed: readonly ContainerObservation[],
): HealthStatus {
  const checked = containers
    .filter((container) => container.essential && container.hasHealthCheck)
    .map((container) => observed.find(({ name }) => name === container.name)?.healthStatus ?? "UNKNOWN");
  if (checked.length === 0) return "UNKNOWN";
  if (checked.includes("UNHEALTHY")) return "UNHEALTHY";
  return checked.includes("UNKNOWN") ? "UNKNOWN" : "HEALTHY";
}
