/** Targets that are a service's tasks: registered when a task runs, drained before it stops, gone when it has stopped. */
import { ALL_BALANCERS } from "@roadstead/messages/load-balancer";
import type { TargetHealthState } from "@roadstead/model/target-group";
import type { ContainerObservation } from "@roadstead/model/task";
import type { ReadTx, WriteTx } from "./connect.ts";

/** One target of one task; `health` is null until the load balancer has looked, or once the target is gone. */
export interface TaskTarget {
  readonly taskId: string;
  readonly targetGroupId: string;
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
  readonly containers: readonly Pick<ContainerObservation, "name" | "networkBindings">[];
}

export const targetsOfService = (tx: ReadTx, serviceId: string) =>
  tx.query<TaskTarget>(
    `SELECT k.task_id AS "taskId", k.target_group_id AS "targetGroupId", k.state,
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
    `SELECT s.task_id AS "taskId", coalesce(i.ec2_instance_id, i.id) AS "machineId", s.containers
     FROM task_state s JOIN container_instances i ON i.id = s.instance_id
     WHERE s.service_id = $1 AND s.last_status = 'RUNNING' AND s.desired_status = 'RUNNING'
       AND NOT EXISTS (SELECT 1 FROM task_targets k WHERE k.task_id = s.task_id)
     ORDER BY s.task_id`,
    [serviceId],
    "task-targets-missing",
  );

export interface ServiceTargetGroup {
  readonly id: string;
  readonly targetType: "instance" | "ip";
  /** Whether a listener sends requests to it. */
  readonly isUsed: boolean;
}

/** Those of the groups that exist in the account and region. */
export const findServiceTargetGroups = (tx: Pick<ReadTx, "query">, scopeId: number, ids: readonly string[]) =>
  tx.query<ServiceTargetGroup>(
    `SELECT g.id, g.target_type AS "targetType",
       EXISTS (SELECT 1 FROM target_group_uses u WHERE u.target_group_id = g.id) AS "isUsed"
     FROM target_groups g WHERE g.scope_id = $1 AND g.id = ANY($2)`,
    [scopeId, ids],
  );

export interface NewTaskTarget {
  readonly taskId: string;
  readonly targetGroupId: string;
  readonly targetId: string;
  readonly port: number;
}

/** A port that Docker gave to another task before is registered anew. Groups that are gone take none. */
export async function registerTaskTargets(tx: WriteTx, wanted: readonly NewTaskTarget[]): Promise<void> {
  if (wanted.length === 0) return;
  const values = [
    wanted.map((w) => w.taskId),
    wanted.map((w) => w.targetGroupId),
    wanted.map((w) => w.targetId),
    wanted.map((w) => w.port),
  ];
  await tx.query(
    `INSERT INTO targets (target_group_id, target_id, port, state)
     SELECT DISTINCT n.group_id, n.target_id, n.port, 'registered'
     FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS n(task_id, group_id, target_id, port)
     JOIN target_groups g ON g.id = n.group_id ORDER BY 1, 2, 3
     ON CONFLICT (target_group_id, target_id, port)
       DO UPDATE SET state = 'registered', registered_at = now(), draining_since = NULL`,
    values,
    "task-targets-register",
  );
  await tx.query(
    `INSERT INTO task_targets (task_id, target_group_id, target_id, port, state)
     SELECT n.task_id, n.group_id, n.target_id, n.port, 'registered'
     FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS n(task_id, group_id, target_id, port)
     ON CONFLICT DO NOTHING`,
    values,
    "task-targets-remember",
  );
  tx.bell("configureBalancers", ALL_BALANCERS);
}

/** No new requests from now on; the load balancer takes the targets away when the last of the old ones is through. */
export async function drainTaskTargets(tx: WriteTx, taskIds: readonly string[]): Promise<void> {
  if (taskIds.length === 0) return;
  await tx.query(
    `UPDATE targets t SET state = 'draining', draining_since = now() FROM task_targets k
     WHERE k.task_id = ANY($1) AND t.state = 'registered'
       AND (t.target_group_id, t.target_id, t.port) = (k.target_group_id, k.target_id, k.port)`,
    [taskIds],
    "task-targets-drain",
  );
  await tx.query(
    "UPDATE task_targets SET state = 'draining' WHERE task_id = ANY($1)",
    [taskIds],
    "task-targets-mark",
  );
  tx.bell("configureBalancers", ALL_BALANCERS);
}

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
  tx.bell("configureBalancers", ALL_BALANCERS);
}
