/** Tasks, observations and reports for the tests of the lifecycle; a test states only what it is about. */
import { type ContainerObservation, type ContainerReport, type TaskContainer, unobserved } from "./task.ts";
import type { TaskState } from "./task-transition.ts";

export const aContainer = (over: Partial<TaskContainer> = {}): TaskContainer => ({
  id: `id-${over.name ?? "app"}`,
  name: "app",
  image: "busybox",
  essential: true,
  cpu: 0,
  memoryMiB: null,
  memoryReservationMiB: null,
  hasHealthCheck: false,
  ...over,
});

export const observed = (over: Partial<ContainerObservation> = {}): ContainerObservation => ({
  ...unobserved(aContainer()),
  ...over,
});

export const aReport = (over: Partial<ContainerReport> = {}): ContainerReport => ({
  name: "app",
  status: null,
  exitCode: null,
  reason: null,
  runtimeId: null,
  imageDigest: null,
  networkBindings: null,
  ...over,
});

export const aPendingTask = (
  containers: readonly TaskContainer[] = [aContainer()],
  over: Partial<TaskState> = {},
): TaskState => ({
  desiredStatus: "RUNNING",
  lastStatus: "PENDING",
  version: 1,
  containers: containers.map(unobserved),
  healthStatus: "UNKNOWN",
  stopCode: null,
  stoppedReason: null,
  pullStartedAt: null,
  pullStoppedAt: null,
  startedAt: null,
  stoppingAt: null,
  executionStoppedAt: null,
  stoppedAt: null,
  ...over,
});
