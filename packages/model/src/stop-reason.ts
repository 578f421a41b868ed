/** Decides AWS's stop code and reason for a task that an agent reports as stopped; `transitionTasks` calls it. */
import type { ContainerObservation, StopCode, TaskContainer } from "./task.ts";

export interface StopCause {
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
}

const ESSENTIAL_CONTAINER_EXITED = "Essential container in task exited";
const FAILED_TO_START = "Task failed to start";
export const STOPPED_BY_USER = "Task stopped by user";
export const DEREGISTRATION_FORCED = "Container instance deregistration forced by user";

/** Names of agent errors that mean the container never ran. */
const START_FAILURE =
  /^(CannotPull\w*Error|CannotCreateContainerError|CannotStartContainerError|ResourceInitializationError|TaskDependencyError|DockerTimeoutError|ContainerNetworkingError|HostConfigError|InvalidVolumeError|TaskStoppedBeforePullBeginError)\b/;
/** Reasons AWS shows on the task itself; the others stay on the container under "Task failed to start". */
const TASK_LEVEL_FAILURE =
  /^(CannotPull\w*Error|ResourceInitializationError|TaskDependencyError|InternalError)\b/;
/** Names of agent errors that end a task that ran. */
const LOST = /^NetworkLostError\b/;

/**
 * Why a task stopped that nobody asked to stop. `reason` is what the agent said of the task as a whole.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
 */
export function stopCauseOf(task: {
  readonly hasRun: boolean;
  readonly reason: string | null;
  readonly containers: readonly TaskContainer[];
  readonly observed: readonly ContainerObservation[];
}): StopCause {
  const essential = new Set(task.containers.filter((c) => c.essential).map((c) => c.name));
  const failed = task.observed.find((c) => c.reason !== null && START_FAILURE.test(c.reason));
  const exited = task.observed.find(
    (c) => essential.has(c.name) && c.lastStatus === "STOPPED" && hasRun(c) && !isStartFailure(c),
  );
  // A container that was made but never started has a name at the engine too.
  const isRefused = task.reason !== null && START_FAILURE.test(task.reason);
  if (!task.hasRun && (failed || isRefused || !exited)) {
    const text = [task.reason, failed?.reason].find((t) => t != null && TASK_LEVEL_FAILURE.test(t));
    const ownWords = task.reason && !isRefused ? task.reason : FAILED_TO_START;
    return { stopCode: "TaskFailedToStart", stoppedReason: text ?? ownWords };
  }
  // Its containers ended because the task lost what they need.
  const lost = task.reason !== null && LOST.test(task.reason) ? task.reason : null;
  return { stopCode: "EssentialContainerExited", stoppedReason: lost ?? ESSENTIAL_CONTAINER_EXITED };
}

const hasRun = ({ runtimeId, exitCode }: ContainerObservation) => runtimeId !== null || exitCode !== null;

const isStartFailure = (container: ContainerObservation) =>
  container.reason !== null && START_FAILURE.test(container.reason);
