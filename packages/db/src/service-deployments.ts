/** Deployments of services and their revisions: how one begins, and the reads that DescribeServices and its siblings answer with. */
import { randomBytes } from "node:crypto";
import type { LaunchType } from "@roadstead/model/task";
import type { TaskNetwork } from "@roadstead/model/task-network";
import type { ReadTx, WriteTx } from "./connect.ts";
import type { ServiceDeploymentStatus, ServiceDetails, ServiceLoadBalancer } from "./schema/service.ts";
import { recordDeploymentState } from "./service-state-events.ts";

/** 19 decimal digits, as in the ids of deployments and the ARNs of revisions. */
const randomDigits = () =>
  String((randomBytes(8).readBigUInt64BE() % 9_000_000_000_000_000_000n) + 10n ** 18n);

export interface NewDeployment {
  readonly serviceId: string;
  readonly taskDefinitionId: string;
  readonly launchType: LaunchType;
  readonly desiredCount: number;
  readonly details: Pick<ServiceDetails, "loadBalancers" | "network">;
}

/**
 * Makes a revision and the PRIMARY deployment of it. A PRIMARY before it becomes ACTIVE and drains; its service
 * deployment ends here if it was under way. The service row must be held by the caller.
 */
export async function beginDeployment(tx: WriteTx, deployment: NewDeployment): Promise<string> {
  const { serviceId } = deployment;
  const { id, arnId } = newDeploymentIds();
  const sources = await replacePrimary(tx, serviceId);
  await stopServiceDeployments(tx, serviceId, `Service deployment was replaced by deployment ${id}.`);
  await tx.query(
    `WITH revision AS (
       INSERT INTO service_revisions (id, service_id, task_definition_id, launch_type, load_balancers, network)
       VALUES ($1, $2, $3, $4, $10, $11) RETURNING id
     )
     INSERT INTO service_deployments (id, arn_id, service_id, revision_id, source_revision_ids, status, rollout_state,
       rollout_state_reason, service_deployment_status, desired_count)
     SELECT $5, $6, $2, id, $7, 'PRIMARY', 'IN_PROGRESS', $8, 'PENDING', $9 FROM revision`,
    [
      randomDigits(),
      serviceId,
      deployment.taskDefinitionId,
      deployment.launchType,
      id,
      arnId,
      JSON.stringify(sources),
      `ECS deployment ${id} in progress.`,
      deployment.desiredCount,
      JSON.stringify(deployment.details.loadBalancers ?? []),
      deployment.details.network ? JSON.stringify(deployment.details.network) : null,
    ],
  );
  await recordDeploymentState(tx, id);
  return id;
}

export const newDeploymentIds = () => ({
  id: `ecs-svc/${randomDigits()}`,
  arnId: randomBytes(16).toString("base64url"),
});

/** The PRIMARY becomes ACTIVE and drains. Gives the revisions that ran so far, each once. */
export async function replacePrimary(tx: WriteTx, serviceId: string): Promise<readonly string[]> {
  // By id, the order in which they are locked wherever tasks are counted.
  const sources = await tx.query<{ revisionId: string }>(
    `SELECT revision_id AS "revisionId" FROM service_deployments
     WHERE service_id = $1 AND status <> 'INACTIVE' ORDER BY id FOR UPDATE`,
    [serviceId],
  );
  await tx.query(
    "UPDATE service_deployments SET status = 'ACTIVE', updated_at = now() WHERE service_id = $1 AND status = 'PRIMARY'",
    [serviceId],
  );
  return [...new Set(sources.map(({ revisionId }) => revisionId))];
}

/** Ends what is under way of a service's deployments; their rows stay as they are otherwise. */
export async function stopServiceDeployments(tx: WriteTx, serviceId: string, reason: string): Promise<void> {
  await tx.query(
    `UPDATE service_deployments SET service_deployment_status = 'STOPPED', service_deployment_status_reason = $2,
       finished_at = now(), updated_at = now()
     WHERE service_id = $1 AND service_deployment_status IN ('PENDING', 'IN_PROGRESS', 'ROLLBACK_IN_PROGRESS')`,
    [serviceId, reason],
  );
}

export interface ServiceDeploymentRow {
  readonly id: string;
  readonly arnId: string;
  readonly serviceId: string;
  readonly revisionId: string;
  readonly sourceRevisionIds: readonly string[];
  readonly status: "PRIMARY" | "ACTIVE" | "INACTIVE";
  readonly rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  readonly rolloutStateReason: string;
  readonly serviceDeploymentStatus: ServiceDeploymentStatus;
  readonly serviceDeploymentStatusReason: string | null;
  readonly desiredCount: number;
  readonly failedTasks: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly updatedAt: Date;
  /** Of a deployment that was rolled back: to what, and since when. */
  readonly rollbackRevisionId: string | null;
  readonly rollbackStartedAt: Date | null;
  /** Of a rollback: the part of the service deployment's ARN that it belongs to, and how far that is. */
  readonly rolledBackArnId: string | null;
  readonly rolledBackStatus: ServiceDeploymentStatus | null;
  readonly launchType: LaunchType;
  /** Of its revision; null where its tasks have the network of their machine. */
  readonly network: TaskNetwork | null;
  readonly family: string;
  readonly revision: number;
}

const SELECT = `SELECT d.id, d.arn_id AS "arnId", d.service_id AS "serviceId", d.revision_id AS "revisionId",
  d.source_revision_ids AS "sourceRevisionIds", d.status, d.rollout_state AS "rolloutState",
  d.rollout_state_reason AS "rolloutStateReason", d.service_deployment_status AS "serviceDeploymentStatus",
  d.service_deployment_status_reason AS "serviceDeploymentStatusReason", d.desired_count AS "desiredCount",
  d.failed_tasks AS "failedTasks", d.created_at AS "createdAt", d.started_at AS "startedAt",
  d.finished_at AS "finishedAt", d.updated_at AS "updatedAt", b.revision_id AS "rollbackRevisionId", b.created_at AS "rollbackStartedAt",
  f.arn_id AS "rolledBackArnId", f.service_deployment_status AS "rolledBackStatus",
  r.launch_type AS "launchType", r.network, t.family, t.revision
  FROM service_deployments d JOIN service_revisions r ON r.id = d.revision_id
  LEFT JOIN service_deployments b ON b.service_id = d.service_id AND b.rollback_of = d.id
  LEFT JOIN service_deployments f ON f.id = d.rollback_of
  CROSS JOIN LATERAL (SELECT family, revision FROM task_definitions WHERE id = r.task_definition_id LIMIT 1) t`;

/** What `deployments[]` shows of each service: the PRIMARY first, then older ones that still have tasks. */
export const liveDeployments = (tx: Pick<ReadTx, "query">, serviceIds: readonly string[]) =>
  tx.query<ServiceDeploymentRow>(
    `${SELECT} WHERE d.service_id = ANY($1) AND d.status <> 'INACTIVE'
     ORDER BY d.status = 'PRIMARY' DESC, d.created_at DESC`,
    [serviceIds],
    "service-deployments-live",
  );

export const findDeploymentsByArnId = (tx: Pick<ReadTx, "query">, arnIds: readonly string[]) =>
  tx.query<ServiceDeploymentRow>(`${SELECT} WHERE d.arn_id = ANY($1) AND d.rollback_of IS NULL`, [arnIds]);

export interface DeploymentPage {
  readonly serviceId: string;
  readonly statuses: readonly string[] | null;
  readonly createdBefore: Date | null;
  readonly createdAfter: Date | null;
  /** A deployment's id; empty for the first page. */
  readonly after: string;
  readonly limit: number;
}

/** Newest first. */
export const listDeployments = (tx: Pick<ReadTx, "query">, page: DeploymentPage) =>
  tx.query<ServiceDeploymentRow>(
    `${SELECT} WHERE d.service_id = $1 AND d.rollback_of IS NULL AND ($2::text[] IS NULL OR d.service_deployment_status = ANY($2))
       AND ($3::timestamptz IS NULL OR d.created_at < $3) AND ($4::timestamptz IS NULL OR d.created_at > $4)
       AND ($5 = '' OR (d.created_at, d.id) < (SELECT created_at, id FROM service_deployments WHERE id = $5))
     ORDER BY d.created_at DESC, d.id DESC LIMIT $6`,
    [page.serviceId, page.statuses, page.createdBefore, page.createdAfter, page.after, page.limit],
  );

export interface DeploymentTaskCounts {
  readonly serviceId: string;
  readonly deploymentId: string;
  readonly running: number;
  readonly pending: number;
}

/** Live tasks of services by deployment, from their rows; what waits for placement is no task yet. */
export const countDeploymentTasks = (tx: Pick<ReadTx, "query">, serviceIds: readonly string[]) =>
  tx.query<DeploymentTaskCounts>(
    `SELECT s.service_id AS "serviceId", coalesce(t.deployment_id, '') AS "deploymentId",
       count(*) FILTER (WHERE s.last_status = 'RUNNING')::int AS running,
       count(*) FILTER (WHERE s.last_status IN ('PROVISIONING', 'PENDING', 'ACTIVATING'))::int AS pending
     FROM task_state s JOIN tasks t ON t.id = s.task_id
     WHERE s.service_id = ANY($1) AND s.service_id IS NOT NULL AND s.last_status <> 'STOPPED' GROUP BY 1, 2`,
    [serviceIds],
    "service-task-counts",
  );

export interface ServiceRevisionRow {
  readonly id: string;
  readonly serviceId: string;
  readonly launchType: LaunchType;
  readonly family: string;
  readonly revision: number;
  readonly containerImages: readonly {
    readonly containerName: string;
    readonly image: string;
    readonly imageDigest: string | null;
  }[];
  readonly loadBalancers: readonly ServiceLoadBalancer[];
  readonly network: TaskNetwork | null;
  readonly createdAt: Date;
}

export const findServiceRevisions = (tx: Pick<ReadTx, "query">, ids: readonly string[]) =>
  tx.query<ServiceRevisionRow>(
    `SELECT r.id, r.service_id AS "serviceId", r.launch_type AS "launchType", t.family, t.revision,
       r.container_images AS "containerImages", r.load_balancers AS "loadBalancers", r.network, r.created_at AS "createdAt"
     FROM service_revisions r
     CROSS JOIN LATERAL (SELECT family, revision FROM task_definitions WHERE id = r.task_definition_id LIMIT 1) t
     WHERE r.id = ANY($1)`,
    [ids],
  );
