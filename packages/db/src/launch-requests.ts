/** Launch requests: RunTask and StartTask as rows; the row is also the idempotency record. */

import type { Tag } from "@roadstead/model/container-instance";
import type { FargateProvider } from "@roadstead/model/fargate";
import type { TaskDemand } from "@roadstead/model/resources";
import { type LaunchType, type TaskContainer, unobserved } from "@roadstead/model/task";
import type { TaskNetwork } from "@roadstead/model/task-network";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";
import { initialState } from "./initial-state.ts";
import type { LaunchFailure, LaunchParameters } from "./schema/task.ts";
import { insertTaskEvents } from "./transition-tasks.ts";

export interface LaunchRequestRow {
  readonly id: string;
  readonly status: "OPEN" | "DONE" | "EXPIRED";
  readonly requestHash: string;
  readonly failures: readonly LaunchFailure[];
}

const COLUMNS = `id, status, request_hash AS "requestHash", failures`;

export interface NewTask {
  readonly taskDefinitionId: string;
  readonly family: string;
  readonly launchType: LaunchType;
  readonly group: string;
  readonly startedBy: string | null;
  readonly demand: TaskDemand;
  readonly cpu: string | null;
  readonly memory: string | null;
  readonly overrides: Record<string, unknown>;
  readonly containers: readonly Omit<TaskContainer, "id">[];
  readonly tags: readonly Tag[];
  readonly enableExecuteCommand: boolean;
  /** Of tasks in awsvpc mode. */
  readonly network?: TaskNetwork | null;
}

export interface NewLaunchRequest {
  readonly scopeId: number;
  readonly clusterId: string;
  readonly clientToken: string | null;
  readonly requestHash: string;
  readonly deadlineMs: number;
  readonly parameters: Omit<LaunchParameters, "assignments">;
  /** StartTask: the instance of each task, by index; null leaves the choice to placement. */
  readonly instanceIds: readonly string[] | null;
  readonly task: NewTask;
  readonly count: number;
  /** The provider that a strategy chose for each task; none where a launch type was asked for. */
  readonly providers?: readonly FargateProvider[] | null;
  /** The service whose deployment launches; it is rung when the launch is answered with failures. */
  readonly service?: { readonly serviceId: string; readonly deploymentId: string };
}

/**
 * Accepts a launch: the request, its tasks in the hidden state PLACING, and the scheduler's bell. Tasks of launch type
 * FARGATE are there at once, PROVISIONING, and theirs is the provisioner's bell. When the token is known already nothing
 * is written and the earlier request is answered.
 */
export async function openLaunchRequest(
  tx: WriteTx,
  launch: NewLaunchRequest,
): Promise<{ readonly request: LaunchRequestRow; readonly created: boolean }> {
  // Ids of one millisecond come in any order; sorted, the order of making is the order of reading.
  const taskIds = Array.from({ length: launch.count }, () => newId()).sort();
  const { instanceIds } = launch;
  const isFargate = launch.task.launchType === "FARGATE";
  const assignments =
    instanceIds && Object.fromEntries(taskIds.map((id, index) => [id, instanceIds[index] as string]));
  const [request] = await tx.query<LaunchRequestRow>(
    `INSERT INTO launch_requests (id, scope_id, cluster_id, client_token, request_hash, status, parameters, failures, deadline,
       service_id, deployment_id)
     VALUES ($1, $2, $3, $4, $5, $10, $6, '[]', now() + make_interval(secs => $7::float8 / 1000), $8, $9)
     ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [
      newId(),
      launch.scopeId,
      launch.clusterId,
      launch.clientToken,
      launch.requestHash,
      JSON.stringify({ ...launch.parameters, assignments }),
      launch.deadlineMs,
      launch.service?.serviceId ?? null,
      launch.service?.deploymentId ?? null,
      isFargate ? "DONE" : "OPEN",
    ],
    "launch-insert",
  );
  if (!request) {
    const earlier = launch.clientToken && (await findLaunchByToken(tx, launch.clusterId, launch.clientToken));
    if (!earlier) throw new Error("a launch request with this token vanished");
    return { request: earlier, created: false };
  }
  await insertTasks(tx, launch, request.id, taskIds);
  if (isFargate) tx.bell("provisionTasks", String(launch.scopeId));
  else tx.bell("placeTasks", launch.clusterId);
  return { request, created: true };
}

async function insertTasks(
  tx: WriteTx,
  { scopeId, clusterId, task, service, providers }: NewLaunchRequest,
  requestId: string,
  taskIds: readonly string[],
): Promise<void> {
  const containersOf = () => task.containers.map((container) => ({ ...container, id: newId() }));
  const containers = taskIds.map(containersOf);
  await tx.query(
    `INSERT INTO tasks (id, scope_id, cluster_id, task_definition_id, family, launch_request_id, launch_type,
       task_group, started_by, demand, cpu, memory, overrides, containers, tags, enable_execute_command,
       deployment_id, capacity_provider, network)
     SELECT n.id, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, n.containers, $15, $16, $17, n.provider, $19
     FROM unnest($1::text[], $2::jsonb[], $18::text[]) AS n(id, containers, provider)`,
    [
      taskIds,
      containers.map((c) => JSON.stringify(c)),
      scopeId,
      clusterId,
      task.taskDefinitionId,
      task.family,
      requestId,
      task.launchType,
      task.group,
      task.startedBy,
      JSON.stringify(task.demand),
      task.cpu,
      task.memory,
      JSON.stringify(task.overrides),
      JSON.stringify(task.tags),
      task.enableExecuteCommand,
      service?.deploymentId ?? null,
      taskIds.map((_, index) => providers?.[index] ?? null),
      task.network ? JSON.stringify(task.network) : null,
    ],
    "tasks-insert",
  );
  const lastStatus = task.launchType === "FARGATE" ? "PROVISIONING" : "PLACING";
  await tx.query(
    `INSERT INTO task_state (task_id, cluster_id, service_id, desired_status, last_status, containers)
     SELECT n.id, $3, $4, 'RUNNING', $5, n.containers FROM unnest($1::text[], $2::jsonb[]) AS n(id, containers)`,
    [
      taskIds,
      containers.map((c) => JSON.stringify(c.map(unobserved))),
      clusterId,
      service?.serviceId ?? null,
      lastStatus,
    ],
    "task-state-insert",
  );
  if (lastStatus === "PLACING") return;
  await insertTaskEvents(
    tx,
    taskIds.map((taskId, index) => ({
      taskId,
      scopeId,
      after: initialState(lastStatus, (containers[index] ?? []).map(unobserved)),
    })),
  );
}

export async function findLaunchByToken(
  tx: Pick<ReadTx, "query">,
  clusterId: string,
  clientToken: string,
): Promise<LaunchRequestRow | null> {
  const [row] = await tx.query<LaunchRequestRow>(
    `SELECT ${COLUMNS} FROM launch_requests WHERE cluster_id = $1 AND client_token = $2`,
    [clusterId, clientToken],
  );
  return row ?? null;
}

export async function findLaunchRequest(
  tx: Pick<ReadTx, "query">,
  id: string,
): Promise<LaunchRequestRow | null> {
  const [row] = await tx.query<LaunchRequestRow>(
    `SELECT ${COLUMNS} FROM launch_requests WHERE id = $1`,
    [id],
    "launch-find",
  );
  return row ?? null;
}

/**
 * Closes a request that nobody placed in time, unless placement was faster: whoever commits first wins, so
 * nothing runs that was answered as failed. The token is given back for a retry.
 */
export async function expireLaunchRequest(tx: WriteTx, id: string): Promise<LaunchRequestRow | null> {
  await expireOpenRequests(tx, [id]);
  return findLaunchRequest(tx, id);
}

/** Closes those of the requests that are still open, and removes their tasks, which nobody has seen. */
export async function expireOpenRequests(tx: WriteTx, ids: readonly string[]): Promise<void> {
  const closed = await tx.query<{ id: string }>(
    `UPDATE launch_requests SET status = 'EXPIRED', client_token = NULL
     WHERE id = ANY($1) AND status = 'OPEN' RETURNING id`,
    [ids],
  );
  await tx.query(
    `DELETE FROM tasks t USING task_state s
     WHERE s.task_id = t.id AND t.launch_request_id = ANY($1) AND s.last_status = 'PLACING'`,
    [closed.map(({ id }) => id)],
  );
}
