/** Targets that are a service's tasks: registered when a task runs, drained before it stops, gone when it has stopped. */
import type { TargetHealthState } from "@roadstead/model/target-group";
import type { ContainerObservation } from "@roadstead/model/task";
import type { ReadTx, WriteTx } from "./connect.ts";
import { ringBalancers } from "./load-balancers.ts";
import { lockTargetGroups } from "./target-groups.ts";
import { deregisterTargets, registerTargets, type TargetKey } from "./targets.ts";

/** One target of one task; `health` is null until the load balancer has looked, or once the target is gone. */
export interface TaskTarget {
  readonly taskId: string;
  readonly targetGroupId: string;
  /** One that somebody registered again while it drained is registered. */
  readonly state: "registered" | "draining";
  /** Whether the target still exists: a drained one does not. */
  readonly exists: boolean;
  readonly health: TargetHealthState | null;
}

/** Where a running task can be reached. */
export interface TaskAddress {
  readonly taskId: string;
  /** The machine as target groups of type `instance` call it. */
  readonly machineId: string;
  /** Of a task in awsvpc mode, which is reached by its containers' own ports; null in every other. */
  readonly privateIp: string | null;
  readonly containers: readonly Pick<ContainerObservation, "name" | "networkBindings">[];
}

export const targetsOfService = (tx: ReadTx, serviceId: string) =>
  tx.query<TaskTarget>(
    `SELECT k.task_id AS "taskId", k.target_group_id AS "targetGroupId",
       CASE t.state WHEN 'registered' THEN 'registered' ELSE k.state END AS state,
       t.target_id IS NOT NULL AS exists, h.state AS health
     FROM task_state s JOIN task_targets k ON k.task_id = s.task_id
     LEFT JOIN targets t USING (target_group_id, target_id, port)
     LEFT JOIN target_health h USING (target_group_id, target_id, port)
     WHERE s.service_id = $1 AND s.last_status <> 'STOPPED' ORDER BY k.task_id, k.target_group_id`,
    [serviceId],
    "task-targets-of-service",
  );

/** Running tasks of the service that are no targets yet. */
export const unregisteredTasks = (tx: ReadTx, serviceId: string) =>
  tx.query<TaskAddress>(
    `SELECT s.task_id AS "taskId", coalesce(i.ec2_instance_id, i.id) AS "machineId", s.containers,
       s.network_interface->>'privateIp' AS "privateIp"
     FROM task_state s JOIN container_instances i ON i.id = s.instance_id
     WHERE s.service_id = $1 AND s.last_status = 'RUNNING' AND s.desired_status = 'RUNNING'
       AND NOT EXISTS (SELECT 1 FROM task_targets k WHERE k.task_id = s.task_id)
     ORDER BY s.task_id`,
    [serviceId],
    "task-targets-missing",
  );

/** Those of the tasks that load balancers know. */
export async function servingTasks(tx: ReadTx, taskIds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ taskId: string }>(
    `SELECT DISTINCT k.task_id AS "taskId" FROM task_targets k JOIN targets t USING (target_group_id, target_id, port)
     WHERE k.task_id = ANY($1)`,
    [taskIds],
    "task-targets-serving",
  );
  return new Set(rows.map(({ taskId }) => taskId));
}

/** Of a task that is to stop and still has targets, as SQL over `task_state s`: its agent does not hear of the stop yet. */
export const IS_DRAINING = `(s.last_status = 'DEACTIVATING'
       AND EXISTS (SELECT 1 FROM task_targets k WHERE k.task_id = s.task_id))`;

/** Requests are through: from now on these tasks' agents hear that they are to stop. The caller holds the tasks. */
export async function endDraining(tx: WriteTx, taskIds: readonly string[]): Promise<void> {
  if (taskIds.length === 0) return;
  await tx.query("DELETE FROM task_targets WHERE task_id = ANY($1)", [taskIds], "task-targets-drained");
  const instances = await tx.query<{ id: string }>(
    `SELECT DISTINCT instance_id AS id FROM task_state
     WHERE task_id = ANY($1) AND instance_id IS NOT NULL AND last_status <> 'STOPPED'`,
    [taskIds],
    "task-targets-drained-on",
  );
  for (const { id } of instances) tx.bell("deliver", id);
}

export interface NewTaskTarget {
  readonly taskId: string;
  readonly targetGroupId: string;
  readonly targetId: string;
  readonly port: number;
}

/** Groups that are gone meanwhile take none. */
export async function registerTaskTargets(
  tx: WriteTx,
  scopeId: number,
  wanted: readonly NewTaskTarget[],
): Promise<void> {
  const byGroup = Map.groupBy(wanted, ({ targetGroupId }) => targetGroupId);
  for (const { id } of await heldGroups(tx, scopeId, [...byGroup.keys()])) {
    const targets = (byGroup.get(id) ?? []).map((target) => ({ ...target, availabilityZone: null }));
    await registerTargets(tx, id, targets);
    await tx.query(
      `INSERT INTO task_targets (task_id, target_group_id, target_id, port, state)
       SELECT n.task_id, $1, n.target_id, n.port, 'registered'
       FROM unnest($2::text[], $3::text[], $4::int[]) AS n(task_id, target_id, port) ON CONFLICT DO NOTHING`,
      [id, targets.map((t) => t.taskId), targets.map((t) => t.targetId), targets.map((t) => t.port)],
      "task-targets-remember",
    );
  }
}

/** No new requests from now on; the load balancer takes the targets away when the last of the old ones is through. */
export async function drainTaskTargets(
  tx: WriteTx,
  scopeId: number,
  taskIds: readonly string[],
): Promise<void> {
  if (taskIds.length === 0) return;
  const marked = await tx.query<TargetKey & { readonly targetGroupId: string }>(
    `UPDATE task_targets SET state = 'draining' WHERE task_id = ANY($1)
     RETURNING target_group_id AS "targetGroupId", target_id AS "targetId", port`,
    [taskIds],
    "task-targets-drain",
  );
  const byGroup = Map.groupBy(marked, ({ targetGroupId }) => targetGroupId);
  for (const { id, usedBy } of await heldGroups(tx, scopeId, [...byGroup.keys()])) {
    await deregisterTargets(tx, { targetGroupId: id, isUsed: usedBy !== null }, byGroup.get(id) ?? []);
  }
}

const heldGroups = async (tx: WriteTx, scopeId: number, ids: readonly string[]) =>
  ids.length === 0 ? [] : lockTargetGroups(tx, scopeId, ids);

/** A task that has stopped answers nobody: its targets go at once, and its port may become another's. */
export async function releaseTaskTargets(tx: WriteTx, taskIds: readonly string[]): Promise<void> {
  const gone = await tx.query<{ groupId: string; targetId: string; port: number }>(
    `DELETE FROM task_targets WHERE task_id = ANY($1)
     RETURNING target_group_id AS "groupId", target_id AS "targetId", port`,
    [taskIds],
    "task-targets-forget",
  );
  if (gone.length === 0) return;
  await tx.query(
    `DELETE FROM targets t USING unnest($1::text[], $2::text[], $3::int[]) AS k(group_id, target_id, port)
     WHERE (t.target_group_id, t.target_id, t.port) = (k.group_id, k.target_id, k.port)`,
    [gone.map((k) => k.groupId), gone.map((k) => k.targetId), gone.map((k) => k.port)],
    "task-targets-release",
  );
  ringBalancers(tx);
}
