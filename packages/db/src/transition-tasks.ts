/** The one way a task's state changes after it was placed; api, gateway and scheduler call it in batches. */
import type { ContainerObservation, LaunchType, TaskContainer } from "@roadstead/model/task";
import {
  advanceTask,
  drainingFirst,
  type TaskChange,
  type TaskState,
} from "@roadstead/model/task-transition";
import type { WriteTx } from "./connect.ts";
import { lockContainerInstances } from "./container-instances.ts";
import { recountCapacity } from "./instance-capacity.ts";
import { recordInstanceEvents } from "./instance-events.ts";
import { bellDaemonsOf } from "./service-bells.ts";
import { bellServicesOfTasks, countStarts } from "./service-tasks.ts";
import { releaseInterfaces } from "./task-interfaces.ts";
import { releaseTaskTargets, servingTasks } from "./task-targets.ts";

export interface Transition {
  readonly taskId: string;
  readonly scopeId: number;
  readonly clusterId: string;
  readonly instanceId: string | null;
  readonly serviceId: string | null;
  readonly deploymentId: string | null;
  readonly launchType: LaunchType;
  readonly hasInterface: boolean;
  readonly before: TaskState;
  readonly after: TaskState;
}

interface LockedTask extends TaskState {
  readonly taskId: string;
  readonly scopeId: number;
  readonly clusterId: string;
  readonly instanceId: string | null;
  readonly serviceId: string | null;
  readonly deploymentId: string | null;
  readonly launchType: LaunchType;
  readonly declared: readonly TaskContainer[];
  /** Holds an address of a subnet until it has stopped. */
  readonly hasInterface: boolean;
  readonly now: number;
}

/**
 * Applies a batch of changes: monotone, first stop reason wins, version +1 and one event per changed task,
 * capacity and ports released with the stop, the agent's bell rung when the desired status moved, a service's
 * when one of its tasks runs, stops or changes its health. A task that load balancers serve drains before its agent
 * is told to stop it. Changes for tasks that are unknown or already stopped do nothing. Locks tasks, then instances, then deployments, each by id.
 */
export async function transitionTasks(
  tx: WriteTx,
  changes: readonly TaskChange[],
): Promise<readonly Transition[]> {
  if (changes.length === 0) return [];
  const byTask = Map.groupBy(changes, ({ taskId }) => taskId);
  const tasks = await lockTasks(tx, [...byTask.keys()]);
  const serving = await servingOf(tx, tasks, byTask);
  const transitions = tasks.flatMap(
    (task) => advanced(task, byTask.get(task.taskId) ?? [], serving.has(task.taskId)) ?? [],
  );
  if (transitions.length === 0) return [];
  await writeStates(tx, transitions);
  await release(tx, transitions.filter(hasStopped));
  bellFleets(tx, transitions.filter(hasStopped));
  await insertTaskEvents(tx, transitions);
  await countStarts(tx, transitions);
  bellServicesOfTasks(tx, transitions);
  for (const { before, after, instanceId } of transitions) {
    const isNews = before.desiredStatus !== after.desiredStatus;
    const forAgent = after.lastStatus !== "STOPPED" && after.lastStatus !== "DEACTIVATING";
    if (instanceId && isNews && forAgent) tx.bell("deliver", instanceId);
  }
  return transitions;
}

/** Read once the tasks are locked: nobody registers one of them from here on. */
async function servingOf(
  tx: WriteTx,
  tasks: readonly LockedTask[],
  byTask: ReadonlyMap<string, readonly TaskChange[]>,
): Promise<ReadonlySet<string>> {
  const stopping = tasks.filter(
    ({ taskId, serviceId, lastStatus }) =>
      serviceId !== null && lastStatus === "RUNNING" && byTask.get(taskId)?.some(({ stop }) => stop),
  );
  if (stopping.length === 0) return new Set();
  return servingTasks(
    tx,
    stopping.map(({ taskId }) => taskId),
  );
}

/** A batch is one change: it makes one version and one event of its task. Null when it says nothing new. */
function advanced(task: LockedTask, changes: readonly TaskChange[], serves: boolean): Transition | null {
  const before = stateOf(task);
  let after = before;
  for (const change of changes) {
    const foreign = change.reportedBy !== undefined && change.reportedBy !== task.instanceId;
    if (foreign) continue;
    // One that has no host yet has nobody to stop it.
    const isNowhere = task.instanceId === null && after.lastStatus === "PROVISIONING";
    const told = change.stop && isNowhere ? { ...change, lastStatus: "STOPPED" as const } : change;
    const ordered = serves ? drainingFirst(after, told) : told;
    after = advanceTask({ containers: task.declared }, after, ordered, task.now) ?? after;
  }
  if (after === before) return null;
  const { taskId, scopeId, clusterId, instanceId, serviceId, deploymentId, launchType, hasInterface } = task;
  const place = { taskId, scopeId, clusterId, instanceId, serviceId, deploymentId, launchType, hasInterface };
  return { ...place, before, after: { ...after, version: before.version + 1 } };
}

const hasStopped = ({ before, after }: Transition) =>
  before.lastStatus !== "STOPPED" && after.lastStatus === "STOPPED";

const lockTasks = (tx: WriteTx, ids: readonly string[]) =>
  tx.query<LockedTask>(
    `SELECT s.task_id AS "taskId", t.scope_id AS "scopeId", s.cluster_id AS "clusterId",
       s.instance_id AS "instanceId", s.service_id AS "serviceId", t.deployment_id AS "deploymentId",
       t.launch_type AS "launchType", t.containers AS declared,
       s.network_interface IS NOT NULL AS "hasInterface",
       s.desired_status AS "desiredStatus", s.last_status AS "lastStatus", s.version, s.containers,
       s.health_status AS "healthStatus", s.stop_code AS "stopCode", s.stopped_reason AS "stoppedReason",
       (extract(epoch FROM s.pull_started_at) * 1000)::float8 AS "pullStartedAt",
       (extract(epoch FROM s.pull_stopped_at) * 1000)::float8 AS "pullStoppedAt",
       (extract(epoch FROM s.started_at) * 1000)::float8 AS "startedAt",
       (extract(epoch FROM s.stopping_at) * 1000)::float8 AS "stoppingAt",
       (extract(epoch FROM s.execution_stopped_at) * 1000)::float8 AS "executionStoppedAt",
       (extract(epoch FROM s.stopped_at) * 1000)::float8 AS "stoppedAt",
       (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
     FROM task_state s JOIN tasks t ON t.id = s.task_id
     WHERE s.task_id = ANY($1) ORDER BY s.task_id FOR UPDATE OF s`,
    [ids],
    "tasks-lock",
  );

const stateOf = (task: LockedTask): TaskState => ({
  desiredStatus: task.desiredStatus,
  lastStatus: task.lastStatus,
  version: task.version,
  containers: task.containers,
  healthStatus: task.healthStatus,
  stopCode: task.stopCode,
  stoppedReason: task.stoppedReason,
  pullStartedAt: task.pullStartedAt,
  pullStoppedAt: task.pullStoppedAt,
  startedAt: task.startedAt,
  stoppingAt: task.stoppingAt,
  executionStoppedAt: task.executionStoppedAt,
  stoppedAt: task.stoppedAt,
});

interface StateRecord extends Omit<TaskState, "containers"> {
  readonly taskId: string;
  readonly containers: readonly ContainerObservation[];
  readonly redeliver: boolean;
}

async function writeStates(tx: WriteTx, transitions: readonly Transition[]): Promise<void> {
  const records: StateRecord[] = transitions.map(({ taskId, before, after }) => ({
    taskId,
    ...after,
    redeliver: before.desiredStatus !== after.desiredStatus,
  }));
  await tx.query(
    `UPDATE task_state s SET
       desired_status = r."desiredStatus", last_status = r."lastStatus", version = r.version,
       containers = r.containers, health_status = r."healthStatus", stop_code = r."stopCode",
       stopped_reason = r."stoppedReason",
       pull_started_at = to_timestamp(r."pullStartedAt" / 1000), pull_stopped_at = to_timestamp(r."pullStoppedAt" / 1000),
       started_at = to_timestamp(r."startedAt" / 1000), stopping_at = to_timestamp(r."stoppingAt" / 1000),
       execution_stopped_at = to_timestamp(r."executionStoppedAt" / 1000), stopped_at = to_timestamp(r."stoppedAt" / 1000),
       delivered_epoch = CASE WHEN r.redeliver THEN NULL ELSE s.delivered_epoch END
     FROM jsonb_to_recordset($1) AS r("taskId" text, "desiredStatus" text, "lastStatus" text, version int,
       containers jsonb, "healthStatus" text, "stopCode" text, "stoppedReason" text, "pullStartedAt" float8,
       "pullStoppedAt" float8, "startedAt" float8, "stoppingAt" float8, "executionStoppedAt" float8,
       "stoppedAt" float8, redeliver boolean)
     WHERE s.task_id = r."taskId"`,
    [JSON.stringify(records)],
    "tasks-write",
  );
}

/** Gives back what stopped tasks held: until its containers are gone a task keeps its resources. */
async function release(tx: WriteTx, stopped: readonly Transition[]): Promise<void> {
  const serving = stopped.filter(({ serviceId }) => serviceId !== null);
  if (serving.length > 0) {
    await releaseTaskTargets(
      tx,
      serving.map(({ taskId }) => taskId),
    );
  }
  const attached = stopped.filter(({ hasInterface }) => hasInterface);
  if (attached.length > 0) {
    await releaseInterfaces(
      tx,
      attached.map(({ taskId }) => taskId),
    );
  }
  const ids = [...new Set(stopped.flatMap(({ instanceId }) => instanceId ?? []))];
  if (ids.length === 0) return;
  const instances = await lockContainerInstances(tx, ids);
  await recountCapacity(tx, ids);
  await bellDaemonsOf(
    tx,
    instances.flatMap(({ id, status }) => (status === "DRAINING" ? [id] : [])),
  );
  await tx.query(
    "DELETE FROM instance_ports WHERE task_id = ANY($1)",
    [stopped.map((t) => t.taskId)],
    "ports-release",
  );
  await recordInstanceEvents(tx, ids);
}

/** Room on a fleet's host, for which others may wait. */
function bellFleets(tx: WriteTx, stopped: readonly Transition[]): void {
  const onHosts = stopped.filter(
    ({ launchType, instanceId }) => launchType === "FARGATE" && instanceId !== null,
  );
  for (const scopeId of new Set(onHosts.map((t) => t.scopeId))) tx.bell("provisionTasks", String(scopeId));
}

/** One row per change, with all of what can change; the rest of the event is rendered when it is delivered. */
export async function insertTaskEvents(
  tx: WriteTx,
  transitions: readonly Pick<Transition, "taskId" | "scopeId" | "after">[],
): Promise<void> {
  await tx.query(
    `INSERT INTO events (scope_id, kind, object_id, version, detail)
     SELECT e.scope_id, 'task', e.task_id, e.version, e.detail
     FROM unnest($1::int[], $2::text[], $3::int[], $4::jsonb[]) AS e(scope_id, task_id, version, detail)`,
    [
      transitions.map((t) => t.scopeId),
      transitions.map((t) => t.taskId),
      transitions.map((t) => t.after.version),
      transitions.map(({ after: { version: _, ...state } }) => JSON.stringify(state)),
    ],
    "events-insert",
  );
}
