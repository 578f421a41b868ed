/** What the deployer's decision about one service needs to see, in one snapshot; `reconcile-service` commits the answer. */
import type { Tag } from "@roadstead/model/container-instance";
import type { HealthStatus, LaunchType, TaskStatus } from "@roadstead/model/task";
import type { TaskDefinition } from "@roadstead/model/task-definition";
import type { TaskNetwork } from "@roadstead/model/task-network";
import { newestBell } from "./bells.ts";
import type { ReadTx } from "./connect.ts";
import {
  type ContainerInstanceRow,
  clusterInstances,
  countInstanceGroups,
  type InstanceGroupCount,
} from "./container-instances.ts";
import type { PlacementBackoff, ServiceDeploymentStatus, ServiceDetails } from "./schema/service.ts";
import type { LaunchFailure } from "./schema/task.ts";
import { eventsOfServices, type ServiceEventRow } from "./service-events.ts";
import { zonesOf } from "./subnet-zones.ts";
import { type TaskAddress, type TaskTarget, targetsOfService, unregisteredTasks } from "./task-targets.ts";

/** As many of the newest events as could hold what is not to be said again. */
const NOTICES_MAX = 100;

export interface LoadedDeployment {
  readonly id: string;
  readonly status: "PRIMARY" | "ACTIVE";
  readonly rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  readonly serviceDeploymentStatus: ServiceDeploymentStatus;
  readonly createdAtMs: number;
  readonly startFailures: number;
  readonly lastStartFailureAtMs: number | null;
  readonly failedTasks: number;
  readonly provenAtMs: number | null;
  readonly rollbackOf: string | null;
  readonly revisionId: string;
  readonly imagesResolved: boolean;
  readonly launchType: LaunchType;
  /** Of its tasks in awsvpc mode, and the zones that they can be in; null in every other. */
  readonly network: TaskNetwork | null;
  readonly zones: readonly string[] | null;
  readonly taskDefinitionId: string;
  readonly family: string;
  readonly definition: TaskDefinition;
  readonly definitionTags: readonly Tag[];
  readonly requiresAttributes: readonly { readonly name: string; readonly value?: string }[];
}

export interface LoadedServiceTask {
  readonly id: string;
  readonly deploymentId: string;
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: "RUNNING" | "STOPPED";
  readonly health: HealthStatus;
  readonly startedAtMs: number | null;
  readonly createdAtMs: number;
  /** Of a PLACING task: the instance it is meant for, where it has no choice. */
  readonly instanceId: string | null;
}

export interface LoadedService {
  readonly newestBell: number;
  readonly nowMs: number;
  readonly id: string;
  readonly scopeId: number;
  readonly accountId: string;
  readonly region: string;
  readonly clusterId: string;
  readonly clusterName: string;
  readonly name: string;
  readonly status: "ACTIVE" | "DRAINING" | "INACTIVE";
  readonly schedulingStrategy: "REPLICA" | "DAEMON";
  readonly desiredCount: number;
  readonly details: ServiceDetails;
  readonly tags: readonly Tag[];
  readonly enableExecuteCommand: boolean;
  readonly steadyAtMs: number | null;
  readonly placement: PlacementBackoff;
  readonly version: number;
  /** What is gone back to when the PRIMARY fails: of the deployment before it that completed last. */
  readonly completedRevisionId: string | null;
  /** PRIMARY first, then older ones that still have tasks, newest first. */
  readonly deployments: readonly LoadedDeployment[];
  /** Everything that has not stopped, PLACING included. */
  readonly tasks: readonly LoadedServiceTask[];
  /** All of the cluster for a DAEMON; for a REPLICA those that drain. */
  readonly instances: readonly ContainerInstanceRow[];
  /** Live tasks by group and instance; of a DAEMON's cluster alone. */
  readonly groupCounts: readonly InstanceGroupCount[];
  /** Tasks behind load balancers; where the service has none any more, only while a task drains. */
  readonly targets: readonly TaskTarget[];
  readonly unregistered: readonly TaskAddress[];
  /** Launches that were answered since the last pass; the commit forgets them. */
  readonly answered: readonly {
    readonly id: string;
    readonly deploymentId: string;
    readonly failures: readonly LaunchFailure[];
  }[];
  readonly notices: readonly ServiceEventRow[];
}

/** Null when there is no such service. */
export async function loadService(tx: ReadTx, serviceId: string): Promise<LoadedService | null> {
  const newest = await newestBell(tx, "reconcileService", serviceId);
  const [service] = await tx.query<Omit<LoadedService, "newestBell" | "deployments" | "tasks">>(
    `SELECT (extract(epoch FROM now()) * 1000)::float8 AS "nowMs", s.id, s.scope_id AS "scopeId",
       p.account_id AS "accountId", p.region, s.cluster_id AS "clusterId", c.name AS "clusterName", s.name, s.status,
       s.scheduling_strategy AS "schedulingStrategy", s.desired_count AS "desiredCount", s.details, s.tags,
       s.enable_execute_command AS "enableExecuteCommand",
       (extract(epoch FROM s.steady_at) * 1000)::float8 AS "steadyAtMs", s.placement, s.version,
       (SELECT d.revision_id FROM service_deployments d
        WHERE d.service_id = s.id AND d.rollout_state = 'COMPLETED' AND d.status <> 'PRIMARY'
        ORDER BY d.created_at DESC LIMIT 1) AS "completedRevisionId"
     FROM services s JOIN clusters c ON c.id = s.cluster_id JOIN scopes p ON p.id = s.scope_id WHERE s.id = $1`,
    [serviceId],
    "service-load",
  );
  if (!service) return null;
  const balanced = (service.details.loadBalancers ?? []).length > 0;
  const tasks = await liveTasks(tx, serviceId);
  const drains = tasks.some(({ lastStatus }) => lastStatus === "DEACTIVATING");
  return {
    ...service,
    newestBell: newest,
    targets: balanced || drains ? await targetsOfService(tx, serviceId) : [],
    unregistered: balanced && service.status === "ACTIVE" ? await unregisteredTasks(tx, serviceId) : [],
    deployments: await liveDeployments(tx, serviceId),
    tasks,
    instances: await clusterInstances(
      tx,
      service.clusterId,
      service.schedulingStrategy === "DAEMON" ? null : "DRAINING",
    ),
    groupCounts:
      service.schedulingStrategy === "DAEMON" ? await countInstanceGroups(tx, service.clusterId) : [],
    answered: await tx.query(
      `SELECT id, deployment_id AS "deploymentId", failures FROM launch_requests
       WHERE service_id = $1 AND status <> 'OPEN' ORDER BY id`,
      [serviceId],
      "service-load-launches",
    ),
    notices: await eventsOfServices(tx, [serviceId], NOTICES_MAX),
  };
}

const liveDeployments = (tx: ReadTx, serviceId: string) =>
  tx.query<LoadedDeployment>(
    `SELECT d.id, d.status, d.rollout_state AS "rolloutState",
       d.service_deployment_status AS "serviceDeploymentStatus",
       (extract(epoch FROM d.created_at) * 1000)::float8 AS "createdAtMs", d.start_failures AS "startFailures",
       (extract(epoch FROM d.last_start_failure_at) * 1000)::float8 AS "lastStartFailureAtMs",
       d.failed_tasks AS "failedTasks",
       (extract(epoch FROM d.proven_at) * 1000)::float8 AS "provenAtMs", d.rollback_of AS "rollbackOf", r.id AS "revisionId", r.images_resolved_at IS NOT NULL AS "imagesResolved",
       r.launch_type AS "launchType", r.network, ${zonesOf("r.network")} AS zones, t.id AS "taskDefinitionId", t.family, t.definition, t.tags AS "definitionTags",
       t.requires_attributes AS "requiresAttributes"
     FROM service_deployments d JOIN service_revisions r ON r.id = d.revision_id
     JOIN task_definitions t ON t.id = r.task_definition_id
     WHERE d.service_id = $1 AND d.status <> 'INACTIVE' ORDER BY d.status = 'PRIMARY' DESC, d.created_at DESC`,
    [serviceId],
    "service-load-deployments",
  );

const liveTasks = (tx: ReadTx, serviceId: string) =>
  tx.query<LoadedServiceTask>(
    `SELECT s.task_id AS id, t.deployment_id AS "deploymentId", s.last_status AS "lastStatus",
       s.desired_status AS "desiredStatus", s.health_status AS health,
       (extract(epoch FROM s.started_at) * 1000)::float8 AS "startedAtMs",
       (extract(epoch FROM t.created_at) * 1000)::float8 AS "createdAtMs",
       coalesce(s.instance_id, r.parameters->'assignments'->>s.task_id) AS "instanceId"
     FROM task_state s JOIN tasks t ON t.id = s.task_id
     LEFT JOIN launch_requests r ON r.id = t.launch_request_id AND s.instance_id IS NULL
     WHERE s.service_id = $1 AND s.last_status <> 'STOPPED' ORDER BY s.task_id`,
    [serviceId],
    "service-load-tasks",
  );
