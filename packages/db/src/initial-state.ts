/** A task as it is first seen; launches and placement write its first event from this. */
import type { ContainerObservation } from "@roadstead/model/task";
import type { TaskState } from "@roadstead/model/task-transition";

export const initialState = (
  lastStatus: "PROVISIONING" | "PENDING",
  containers: readonly ContainerObservation[],
  version = 1,
): TaskState => ({
  desiredStatus: "RUNNING",
  lastStatus,
  version,
  containers,
  healthStatus: "UNKNOWN",
  stopCode: null,
  stoppedReason: null,
  pullStartedAt: null,
  pullStoppedAt: null,
  startedAt: null,
  stoppingAt: null,
  executionStoppedAt: null,
  stoppedAt: null,
});
