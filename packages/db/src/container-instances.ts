/** Container instances: registration, capacity totals, status and reads. */

import type {
  Attribute,
  InstanceCapacity,
  InstanceStatus,
  Protocol,
  Resource,
  Tag,
  VersionInfo,
} from "@roadstead/model/container-instance";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";
import { recountCapacity } from "./instance-capacity.ts";
import { recordInstanceEvents } from "./instance-events.ts";
import { bellWaitingServices } from "./service-bells.ts";

export interface ContainerInstanceRow {
  readonly id: string;
  readonly scopeId: number;
  readonly clusterId: string;
  readonly agentId: string | null;
  readonly status: InstanceStatus;
  readonly statusReason: string | null;
  readonly ec2InstanceId: string | null;
  readonly versionInfo: VersionInfo;
  readonly attributes: readonly Attribute[];
  readonly tags: readonly Tag[];
  readonly registeredResources: readonly Resource[];
  readonly cpuTotal: number;
  readonly memoryTotal: number;
  readonly cpuFree: number;
  readonly memoryFree: number;
  readonly agentConnected: boolean;
  readonly version: number;
  readonly registeredAt: Date;
}

const COLUMNS = `id, scope_id AS "scopeId", cluster_id AS "clusterId", agent_id AS "agentId", status,
  status_reason AS "statusReason", ec2_instance_id AS "ec2InstanceId", version_info AS "versionInfo", attributes,
  tags, registered_resources AS "registeredResources", cpu_total AS "cpuTotal", memory_total AS "memoryTotal",
  cpu_free AS "cpuFree", memory_free AS "memoryFree", agent_connected AS "agentConnected", version,
  registered_at AS "registeredAt"`;

/** int8 arrives as text; the counter stays far below 2^53. */
const fromRow = (row: ContainerInstanceRow): ContainerInstanceRow => ({
  ...row,
  version: Number(row.version),
});

export interface Registration {
  readonly scopeId: number;
  readonly clusterId: string;
  readonly agentId: string | null;
  readonly clientToken: string | null;
  readonly ec2InstanceId: string | null;
  readonly versionInfo: VersionInfo;
  readonly attributes: readonly Attribute[];
  readonly tags: readonly Tag[];
  readonly resources: readonly Resource[];
  readonly capacity: InstanceCapacity;
}

/** Registers a new instance. The cluster row must be held by the caller. A known client token answers its instance. */
export async function insertContainerInstance(tx: WriteTx, r: Registration): Promise<ContainerInstanceRow> {
  const [row] = await tx.query<ContainerInstanceRow>(
    `INSERT INTO container_instances (id, scope_id, cluster_id, agent_id, status, client_token, ec2_instance_id,
       version_info, attributes, tags, registered_resources, cpu_total, memory_total, cpu_free, memory_free)
     VALUES ($1, $2, $3, $4, 'ACTIVE', $5, $6, $7, $8, $9, $10, $11, $12, $11, $12)
     ON CONFLICT (cluster_id, client_token) DO UPDATE SET version = container_instances.version
     RETURNING ${COLUMNS}`,
    [
      newId(),
      r.scopeId,
      r.clusterId,
      r.agentId,
      r.clientToken,
      r.ec2InstanceId,
      JSON.stringify(r.versionInfo),
      JSON.stringify(r.attributes),
      JSON.stringify(r.tags),
      JSON.stringify(r.resources),
      r.capacity.cpu,
      r.capacity.memoryMiB,
    ],
  );
  const instance = fromRow(row as ContainerInstanceRow);
  await reservePorts(tx, instance.id, r.capacity);
  await recordInstanceEvents(tx, [instance.id]);
  return instance;
}

/**
 * An agent that starts again registers again: the ARN stays, totals and agent attributes are renewed, what
 * tasks hold stays held. Attributes put by a user since stay too.
 */
export async function reregisterContainerInstance(
  tx: WriteTx,
  id: string,
  r: Omit<Registration, "scopeId" | "clusterId" | "agentId" | "clientToken">,
): Promise<ContainerInstanceRow> {
  const held = await lockContainerInstances(tx, [id]);
  const before = held[0];
  if (!before) throw new Error(`container instance ${id} vanished while registering again`);
  const sent = new Set(r.attributes.map(({ name }) => name));
  const attributes = [...r.attributes, ...before.attributes.filter(({ name }) => !sent.has(name))];
  await tx.query(
    `UPDATE container_instances SET version_info = $2, attributes = $3, registered_resources = $4,
       cpu_total = $5, memory_total = $6, cpu_free = least(cpu_free, $5), memory_free = least(memory_free, $6)
     WHERE id = $1`,
    [
      id,
      JSON.stringify({ ...before.versionInfo, ...r.versionInfo }),
      JSON.stringify(attributes),
      JSON.stringify(r.resources),
      r.capacity.cpu,
      r.capacity.memoryMiB,
    ],
  );
  await recountCapacity(tx, [id]);
  await tx.query("DELETE FROM instance_ports WHERE instance_id = $1 AND task_id IS NULL", [id]);
  await reservePorts(tx, id, r.capacity);
  await recordInstanceEvents(tx, [id]);
  return (await findContainerInstance(tx, id)) ?? before;
}

const reservePorts = (tx: WriteTx, instanceId: string, capacity: InstanceCapacity) =>
  tx.query(
    `INSERT INTO instance_ports (instance_id, protocol, port)
     SELECT $1, p.protocol, p.port FROM unnest($2::text[], $3::int[]) AS p(protocol, port) ON CONFLICT DO NOTHING`,
    [instanceId, capacity.reservedPorts.map((p) => p.protocol), capacity.reservedPorts.map((p) => p.port)],
  );

/** Locks instances in id order, the order every writer keeps. */
export async function lockContainerInstances(
  tx: WriteTx,
  ids: readonly string[],
): Promise<readonly ContainerInstanceRow[]> {
  const rows = await tx.query<ContainerInstanceRow>(
    `SELECT ${COLUMNS} FROM container_instances WHERE id = ANY($1) ORDER BY id FOR UPDATE`,
    [ids],
    "instances-lock",
  );
  return rows.map(fromRow);
}

export async function findContainerInstances(
  tx: Pick<ReadTx, "query">,
  clusterId: string,
  ids: readonly string[],
): Promise<readonly ContainerInstanceRow[]> {
  const rows = await tx.query<ContainerInstanceRow>(
    `SELECT ${COLUMNS} FROM container_instances WHERE cluster_id = $1 AND id = ANY($2)`,
    [clusterId, ids],
  );
  return rows.map(fromRow);
}

/** Of whatever clusters: for tasks, whose rows name them. */
export async function containerInstancesById(
  tx: Pick<ReadTx, "query">,
  ids: readonly string[],
): Promise<readonly ContainerInstanceRow[]> {
  const rows = await tx.query<ContainerInstanceRow>(
    `SELECT ${COLUMNS} FROM container_instances WHERE id = ANY($1)`,
    [ids],
    "instances-by-id",
  );
  return rows.map(fromRow);
}

export async function findContainerInstance(
  tx: Pick<ReadTx, "query">,
  id: string,
): Promise<ContainerInstanceRow | null> {
  const [row] = await tx.query<ContainerInstanceRow>(
    `SELECT ${COLUMNS} FROM container_instances WHERE id = $1`,
    [id],
  );
  return row ? fromRow(row) : null;
}

/** The instance an agent is in charge of; a machine is in one cluster at a time. */
export async function findInstanceOfAgent(
  tx: Pick<ReadTx, "query">,
  agentId: string,
): Promise<ContainerInstanceRow | null> {
  const [row] = await tx.query<ContainerInstanceRow>(
    `SELECT ${COLUMNS} FROM container_instances WHERE agent_id = $1 AND status <> 'INACTIVE'`,
    [agentId],
  );
  return row ? fromRow(row) : null;
}

/** Every instance of a cluster that is not INACTIVE, or those of one status, in id order. */
export async function clusterInstances(
  tx: ReadTx,
  clusterId: string,
  status: InstanceStatus | null = null,
): Promise<readonly ContainerInstanceRow[]> {
  const rows = await tx.query<ContainerInstanceRow>(
    `SELECT ${COLUMNS} FROM container_instances
     WHERE cluster_id = $1 AND status <> 'INACTIVE' AND ($2::text IS NULL OR status = $2) ORDER BY id`,
    [clusterId, status],
    "instances-of-cluster",
  );
  return rows.map(fromRow);
}

export async function countActiveInstances(tx: Pick<ReadTx, "query">, clusterId: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM container_instances WHERE cluster_id = $1 AND status <> 'INACTIVE'",
    [clusterId],
    "instances-count",
  );
  return row?.count ?? 0;
}

export interface InstancePort {
  readonly instanceId: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly taskId: string | null;
}

export const instancePorts = (tx: Pick<ReadTx, "query">, instanceIds: readonly string[]) =>
  tx.query<InstancePort>(
    `SELECT instance_id AS "instanceId", protocol, port, task_id AS "taskId" FROM instance_ports
     WHERE instance_id = ANY($1) ORDER BY port`,
    [instanceIds],
    "instance-ports",
  );

export interface InstanceTaskCounts {
  readonly instanceId: string;
  readonly running: number;
  readonly pending: number;
}

export const countInstanceTasks = (tx: ReadTx, instanceIds: readonly string[]) =>
  tx.query<InstanceTaskCounts>(
    `SELECT instance_id AS "instanceId",
       count(*) FILTER (WHERE last_status IN ('RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING'))::int AS running,
       count(*) FILTER (WHERE last_status IN ('PROVISIONING', 'PENDING', 'ACTIVATING'))::int AS pending
     FROM task_state WHERE instance_id = ANY($1) AND last_status <> 'STOPPED' GROUP BY instance_id`,
    [instanceIds],
    "instance-task-counts",
  );

/** An INACTIVE instance gives its client token back: whoever registers with it again gets a new instance. */
export async function setInstanceStatus(
  tx: WriteTx,
  id: string,
  status: "ACTIVE" | "DRAINING" | "INACTIVE",
): Promise<ContainerInstanceRow> {
  const [row] = await tx.query<ContainerInstanceRow>(
    `UPDATE container_instances SET status = $2, version = version + 1,
       deregistered_at = CASE $2 WHEN 'INACTIVE' THEN now() END,
       client_token = CASE $2 WHEN 'INACTIVE' THEN NULL ELSE client_token END
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, status],
  );
  await recordInstanceEvents(tx, [id]);
  await bellWaitingServices(tx, id);
  return fromRow(row as ContainerInstanceRow);
}

export interface InstanceGroupCount {
  readonly instanceId: string;
  readonly group: string;
  readonly count: number;
}

/** Live tasks of each group on each instance of a cluster: what spread and affinity look at. */
export const countInstanceGroups = (tx: ReadTx, clusterId: string) =>
  tx.query<InstanceGroupCount>(
    `SELECT s.instance_id AS "instanceId", t.task_group AS "group", count(*)::int AS count
     FROM task_state s JOIN tasks t ON t.id = s.task_id
     WHERE s.cluster_id = $1 AND s.last_status <> 'STOPPED' AND s.instance_id IS NOT NULL
     GROUP BY s.instance_id, t.task_group`,
    [clusterId],
    "instance-groups",
  );
