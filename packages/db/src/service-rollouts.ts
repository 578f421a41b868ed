/** How deployments that are under way end: complete, failed, rolled back or with their last task; `commitReconciliation` calls it. */
import { rollingBackReason } from "@roadstead/deployment/messages";
import type { WriteTx } from "./connect.ts";
import { newDeploymentIds, replacePrimary } from "./service-deployments.ts";
import { recordDeploymentState } from "./service-state-events.ts";

export interface DeploymentMove {
  readonly id: string;
  readonly change: "COMPLETED" | "INACTIVE" | "FAILED";
  readonly reason: string;
}

/** A service deployment is finished with its rollout; a rollback's is that of the deployment which failed. */
export async function moveDeployment(tx: WriteTx, { id, change, reason }: DeploymentMove): Promise<void> {
  if (change === "INACTIVE") {
    await tx.query(DEACTIVATE, [id]);
    return;
  }
  const outcome = change === "COMPLETED" ? ["SUCCESSFUL", null] : ["STOPPED", STOPPED_REASON];
  await tx.query(END, [id, change, reason, ...outcome]);
  await recordDeploymentState(tx, id);
  await tx.query(END_ROLLBACK, [id, change === "COMPLETED" ? "ROLLBACK_SUCCESSFUL" : "ROLLBACK_FAILED"]);
}

const STOPPED_REASON = "Service deployment stopped because the circuit breaker threshold was exceeded.";
const ROLLED_BACK_REASON =
  "Service deployment rolled back because the circuit breaker threshold was exceeded.";

const END = `UPDATE service_deployments SET rollout_state = $2, rollout_state_reason = $3,
    service_deployment_status = CASE service_deployment_status WHEN 'IN_PROGRESS' THEN $4
      ELSE service_deployment_status END,
    service_deployment_status_reason = CASE service_deployment_status WHEN 'IN_PROGRESS' THEN $5
      ELSE service_deployment_status_reason END,
    finished_at = coalesce(finished_at, now()), updated_at = now()
  WHERE id = $1 AND rollout_state = 'IN_PROGRESS'`;

const END_ROLLBACK = `UPDATE service_deployments f SET service_deployment_status = $2, finished_at = now(), updated_at = now()
  FROM service_deployments d
  WHERE d.id = $1 AND f.id = d.rollback_of AND f.service_deployment_status = 'ROLLBACK_IN_PROGRESS'`;

const DEACTIVATE =
  "UPDATE service_deployments SET status = 'INACTIVE', updated_at = now() WHERE id = $1 AND status <> 'INACTIVE'";

export interface CountedFailures {
  readonly deploymentId: string;
  readonly failed: number;
  readonly provenAtMs: number | null;
}

/** Adds, so that tasks which fail meanwhile stay counted. */
export const countFailures = (tx: WriteTx, { deploymentId, failed, provenAtMs }: CountedFailures) =>
  tx.query(
    `UPDATE service_deployments SET failed_tasks = greatest(0, failed_tasks + $2),
       proven_at = to_timestamp($3::float8 / 1000) WHERE id = $1`,
    [deploymentId, failed, provenAtMs],
    "deployments-count-failures",
  );

export interface NewRollback {
  readonly serviceId: string;
  readonly failedId: string;
  readonly revisionId: string;
}

/**
 * Brings back an earlier revision by a deployment of its own, and makes the service what it was then. The service row must be
 * held by the caller. Gives the new deployment's id.
 */
export async function beginRollback(
  tx: WriteTx,
  { serviceId, failedId, revisionId }: NewRollback,
): Promise<string> {
  const { id, arnId } = newDeploymentIds();
  const sources = await replacePrimary(tx, serviceId);
  await tx.query(
    `UPDATE service_deployments SET service_deployment_status = 'ROLLBACK_IN_PROGRESS',
       service_deployment_status_reason = $2, finished_at = NULL, updated_at = now() WHERE id = $1`,
    [failedId, ROLLED_BACK_REASON],
  );
  await tx.query(
    `INSERT INTO service_deployments (id, arn_id, service_id, revision_id, source_revision_ids, status, rollout_state,
       rollout_state_reason, service_deployment_status, desired_count, rollback_of, started_at)
     SELECT $1, $2, s.id, $3, $4, 'PRIMARY', 'IN_PROGRESS', $5, 'IN_PROGRESS', s.desired_count, $6, now()
     FROM services s WHERE s.id = $7`,
    [id, arnId, revisionId, JSON.stringify(sources), rollingBackReason(id), failedId, serviceId],
  );
  await recordDeploymentState(tx, id);
  await tx.query(
    `UPDATE services s SET task_definition_id = r.task_definition_id,
       details = (s.details - 'network') || jsonb_build_object('loadBalancers', r.load_balancers)
         || CASE WHEN r.network IS NULL THEN '{}' ELSE jsonb_build_object('network', r.network) END
     FROM service_revisions r WHERE s.id = $1 AND r.id = $2`,
    [serviceId, revisionId],
  );
  return id;
}
