/** The texts of service events, exactly as ECS words them; `reconcile` and the database layer say them. */
import type { LaunchFailure } from "./service-snapshot.ts";

/** A text that names tasks names no more than these; the rest follow in the next. */
export const TASKS_PER_MESSAGE = 100;

const MORE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.";
const said = (serviceName: string, text: string) => `(service ${serviceName}) ${text}`;
const named = (taskIds: readonly string[]) => taskIds.map((id) => `(task ${id})`).join(" ");

export const steadyMessage = (serviceName: string) => said(serviceName, "has reached a steady state.");

/** For tasks that got their place; `replacedUnhealthy` of them stand in for unhealthy ones. */
export function startedTasksMessage(
  serviceName: string,
  taskIds: readonly string[],
  replacedUnhealthy: number,
): string {
  const started = said(serviceName, `has started ${taskIds.length} tasks: ${named(taskIds)}.`);
  if (replacedUnhealthy === 0) return started;
  return `${started} Amazon ECS replaced ${replacedUnhealthy} tasks due to an unhealthy status.`;
}

export const stoppedTasksMessage = (serviceName: string, taskIds: readonly string[]) =>
  said(serviceName, `has stopped ${taskIds.length} running tasks: ${named(taskIds)}.`);

export const stoppedPendingMessage = (serviceName: string, count: number) =>
  said(serviceName, `stopped ${count} pending tasks.`);

export const deploymentCompletedMessage = (serviceName: string, deploymentId: string) =>
  said(serviceName, `(deployment ${deploymentId}) deployment completed.`);

export const deploymentFailedMessage = (serviceName: string, deploymentId: string) =>
  said(serviceName, `(deployment ${deploymentId}) deployment failed: tasks failed to start.`);

export const rollingBackMessage = (serviceName: string, deploymentId: string) =>
  said(serviceName, `rolling back to deployment ${deploymentId}.`);

export const unhealthyTaskMessage = (serviceName: string, taskId: string) =>
  said(serviceName, `(task ${taskId}) failed container health checks.`);

export const stuckMessage = (serviceName: string) =>
  said(
    serviceName,
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. " +
      "Update the minimumHealthyPercent or maximumPercent value and try again.",
  );

export const inconsistentStartsMessage = (serviceName: string) =>
  said(serviceName, `is unable to consistently start tasks successfully. ${MORE}`);

/** What kept the closest instance from taking the task. */
const SHORTCOMINGS: Readonly<Record<string, string>> = {
  "RESOURCE:CPU": "has insufficient CPU units available.",
  "RESOURCE:MEMORY": "has insufficient memory available.",
  "RESOURCE:GPU": "has insufficient GPU resource available.",
  "RESOURCE:PORTS": "is already using a port required by your task.",
  ATTRIBUTE: "is missing an attribute required by your task.",
};

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html */
export function unplacedMessage(
  serviceName: string,
  { reason, instanceId }: Pick<LaunchFailure, "reason" | "instanceId">,
): string {
  const unmet = "was unable to place a task because no container instance met all of its requirements.";
  if (instanceId === null || reason === "NO ACTIVE INSTANCES")
    return said(serviceName, `${unmet} Reason: No Container Instances were found in your cluster. ${MORE}`);
  const shortcoming = Object.hasOwn(SHORTCOMINGS, reason)
    ? SHORTCOMINGS[reason]
    : `encountered error "${reason}".`;
  return said(
    serviceName,
    `${unmet} The closest matching (container-instance ${instanceId}) ${shortcoming} ${MORE}`,
  );
}

/** Why a task of a service was stopped, as `stoppedReason` says it. */
export const scalingReason = (deploymentId: string) =>
  `Scaling activity initiated by (deployment ${deploymentId})`;
/** Why a deployment is in the state that it is in, as `rolloutStateReason` says it. */
export const CIRCUIT_BREAKER_TRIPPED = "ECS deployment circuit breaker: tasks failed to start.";
export const rollingBackReason = (deploymentId: string) =>
  `ECS deployment circuit breaker: rolling back to deploymentId ${deploymentId}.`;
export const FAILED_HEALTH_CHECKS = "Task failed container health checks";
