/** Reads of tasks, for every service; a task is its immutable row and its state joined. */
import type { Tag } from "@roadstead/model/container-instance";
import type { FargateProvider } from "@roadstead/model/fargate";
import type { TaskDemand } from "@roadstead/model/resources";
import type {
  Connectivity,
  ContainerObservation,
  DesiredStatus,
  HealthStatus,
  LaunchType,
  StopCode,
  TaskContainer,
  TaskStatus,
} from "@roadstead/model/task";
import type { TaskInterface, TaskNetwork } from "@roadstead/model/task-network";
import type { ReadTx } from "./connect.ts";

export interface TaskRow {
  readonly id: string;
  readonly scopeId: number;
  readonly clusterId: string;
  readonly taskDefinitionId: string;
  readonly family: string;
  readonly revision: number;
  readonly launchRequestId: string | null;
  readonly launchType: LaunchType;
  readonly group: string;
  readonly startedBy: string | null;
  readonly demand: TaskDemand;
  readonly cpu: string | null;
  readonly memory: string | null;
  readonly overrides: Record<string, unknown>;
  readonly declaredContainers: readonly TaskContainer[];
  readonly tags: readonly Tag[];
  readonly enableExecuteCommand: boolean;
  /** Of a task in awsvpc mode; null in every other. */
  readonly network: TaskNetwork | null;
  /** Null until it has a place. */
  readonly networkInterface: TaskInterface | null;
  /** Of a task that was launched with a strategy. */
  readonly capacityProvider: FargateProvider | null;
  readonly createdAt: Date;
  readonly instanceId: string | null;
  readonly desiredStatus: DesiredStatus;
  readonly lastStatus: TaskStatus;
  readonly version: number;
  readonly containers: readonly ContainerObservation[];
  readonly healthStatus: HealthStatus;
  readonly stopCode: StopCode | null;
  readonly stoppedReason: string | null;
  readonly connectivity: Connectivity | null;
  readonly connectivityAt: Date | null;
  readonly pullStartedAt: Date | null;
  readonly pullStoppedAt: Date | null;
  readonly startedAt: Date | null;
  readonly stoppingAt: Date | null;
  readonly executionStoppedAt: Date | null;
  readonly stoppedAt: Date | null;
}

// The revision is looked up for each task: a join may be carried out by reading every task definition there is.
const COLUMNS = `SELECT t.id, t.scope_id AS "scopeId", t.cluster_id AS "clusterId",
  t.task_definition_id AS "taskDefinitionId", t.family,
  (SELECT d.revision FROM task_definitions d WHERE d.id = t.task_definition_id) AS revision,
  t.launch_request_id AS "launchRequestId", t.launch_type AS "launchType", t.task_group AS "group", t.started_by AS "startedBy", t.demand, t.cpu, t.memory,
  t.overrides, t.containers AS "declaredContainers", t.tags, t.enable_execute_command AS "enableExecuteCommand",
  t.network, s.network_interface AS "networkInterface", t.capacity_provider AS "capacityProvider",
  t.created_at AS "createdAt", s.instance_id AS "instanceId", s.desired_status AS "desiredStatus",
  s.last_status AS "lastStatus", s.version, s.containers, s.health_status AS "healthStatus",
  s.stop_code AS "stopCode", s.stopped_reason AS "stoppedReason", s.connectivity,
  s.connectivity_at AS "connectivityAt", s.pull_started_at AS "pullStartedAt", s.pull_stopped_at AS "pullStoppedAt",
  s.started_at AS "startedAt", s.stopping_at AS "stoppingAt", s.execution_stopped_at AS "executionStoppedAt",
  s.stopped_at AS "stoppedAt"`;
const SELECT = `${COLUMNS} FROM tasks t JOIN task_state s ON s.task_id = t.id`;

/** Tasks of a cluster by id, in any order; PLACING ones stay hidden. */
export const findTasks = (tx: Pick<ReadTx, "query">, clusterId: string, ids: readonly string[]) =>
  tx.query<TaskRow>(
    `${SELECT} WHERE t.id = ANY($2) AND s.task_id = ANY($2) AND t.cluster_id = $1 AND s.last_status <> 'PLACING'`,
    [clusterId, ids],
    "tasks-find",
  );

/** Tasks that stopped long ago, as they were put away. */
export const findArchivedTasks = (tx: Pick<ReadTx, "query">, ids: readonly string[]) =>
  tx.query<TaskRow>(
    `${COLUMNS} FROM task_history h CROSS JOIN LATERAL jsonb_populate_record(NULL::tasks, h.task) t
       CROSS JOIN LATERAL jsonb_populate_record(NULL::task_state, h.state) s WHERE h.task_id = ANY($1)`,
    [ids],
    "tasks-archived",
  );

/** The tasks a launch request made, in the order they were made. */
export const tasksOfLaunch = (tx: Pick<ReadTx, "query">, launchRequestId: string) =>
  tx.query<TaskRow>(
    `${SELECT} WHERE t.launch_request_id = $1 AND s.last_status <> 'PLACING' ORDER BY t.id`,
    [launchRequestId],
    "tasks-of-launch",
  );

export interface TaskPage {
  readonly clusterId: string;
  readonly desiredStatus: DesiredStatus;
  readonly family: string | null;
  readonly instanceId: string | null;
  readonly startedBy: string | null;
  readonly launchType: LaunchType | null;
  readonly serviceId: string | null;
  readonly after: string;
  readonly limit: number;
}

/** Ids of tasks in the order of their making, after `after`. */
export const listTaskIds = (tx: Pick<ReadTx, "query">, page: TaskPage) =>
  tx.query<{ id: string }>(
    `SELECT t.id FROM task_state s JOIN tasks t ON t.id = s.task_id
     WHERE s.cluster_id = $1 AND s.desired_status = $2 AND s.last_status <> 'PLACING' AND s.task_id > $3
       AND ($4::text IS NULL OR t.family = $4) AND ($5::text IS NULL OR s.instance_id = $5)
       AND ($6::text IS NULL OR t.started_by = $6) AND ($7::text IS NULL OR t.launch_type = $7)
       AND ($8::text IS NULL OR s.service_id = $8)
     ORDER BY s.task_id LIMIT $9`,
    [
      page.clusterId,
      page.desiredStatus,
      page.after,
      page.family,
      page.instanceId,
      page.startedBy,
      page.launchType,
      page.serviceId,
      page.limit,
    ],
  );

/** Everything on an instance that has not stopped. */
export const tasksOnInstance = (tx: Pick<ReadTx, "query">, instanceId: string) =>
  tx.query<TaskRow & { readonly deliveredEpoch: string | null }>(
    `${SELECT.replace("SELECT ", 'SELECT s.delivered_epoch AS "deliveredEpoch", ')}
     WHERE s.instance_id = $1 AND s.last_status <> 'STOPPED' ORDER BY t.id`,
    [instanceId],
    "tasks-on-instance",
  );
