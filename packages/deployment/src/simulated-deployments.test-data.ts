/** The deployments of a simulated service: how one begins, fails tasks and is moved by decisions, as the database does it. */
import type { CircuitBreaker } from "./circuit-breaker.ts";
import type { DeploymentState, ReconcileDecision } from "./service-snapshot.ts";

export type SimulatedDeployment = { -readonly [K in keyof DeploymentState]: DeploymentState[K] };

/** Small thresholds, so that they are reached. */
export const BREAKERS: readonly (CircuitBreaker | null)[] = [
  null,
  { rollback: true, resetOnHealthyTask: true, threshold: { type: "BOUNDED_PERCENT", value: 50 } },
  { rollback: false, resetOnHealthyTask: true, threshold: { type: "BOUNDED_PERCENT", value: 50 } },
  { rollback: true, resetOnHealthyTask: false, threshold: { type: "COUNT", value: 2 } },
];

/** A new PRIMARY at the head; those before it are to leave. */
export function begin(
  deployments: SimulatedDeployment[],
  first: Pick<DeploymentState, "id" | "createdAtMs" | "hasHealthCheck" | "isRollback">,
): void {
  for (const deployment of deployments) deployment.status = "ACTIVE";
  deployments.unshift({
    ...first,
    status: "PRIMARY",
    rolloutState: "IN_PROGRESS",
    startFailures: 0,
    lastStartFailureAtMs: null,
    failedTasks: 0,
    provenAtMs: null,
  });
}

export function countFailure(deployment: SimulatedDeployment | undefined): void {
  if (deployment?.rolloutState === "IN_PROGRESS") deployment.failedTasks++;
}

export function move(
  deployments: SimulatedDeployment[],
  { deployments: changes, tally }: Pick<ReconcileDecision, "deployments" | "tally">,
): void {
  const counted = deployments.find(({ id }) => id === tally?.deploymentId);
  if (counted && tally) {
    counted.failedTasks += tally.failed;
    counted.provenAtMs = tally.provenAtMs;
  }
  for (const { id, change } of changes) {
    const at = deployments.findIndex((deployment) => deployment.id === id);
    const deployment = deployments[at];
    if (change === "INACTIVE") deployments.splice(at, 1);
    else if (deployment) deployment.rolloutState = change;
  }
}
