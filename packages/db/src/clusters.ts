/** Clusters: the rows and the counts derived from what lives in them. */

import type { Tag } from "@roadstead/model/container-instance";
import { FLEET_CLUSTER } from "@roadstead/model/fargate";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";
import type { ClusterSettings } from "./schema/cluster.ts";

export interface ClusterRow {
  readonly id: string;
  readonly scopeId: number;
  readonly name: string;
  readonly status: "ACTIVE" | "INACTIVE";
  readonly details: ClusterSettings;
  readonly tags: readonly Tag[];
}

const COLUMNS = `id, scope_id AS "scopeId", name, status, details, tags`;

export async function findCluster(
  tx: Pick<ReadTx, "query">,
  scopeId: number,
  name: string,
): Promise<ClusterRow | null> {
  const [row] = await tx.query<ClusterRow>(
    `SELECT ${COLUMNS} FROM clusters WHERE scope_id = $1 AND name = $2`,
    [scopeId, name],
    "cluster-find",
  );
  return row ?? null;
}

export const findClusters = (tx: ReadTx, scopeId: number, names: readonly string[]) =>
  tx.query<ClusterRow>(`SELECT ${COLUMNS} FROM clusters WHERE scope_id = $1 AND name = ANY($2)`, [
    scopeId,
    names,
  ]);

/** Holds the cluster against deletion (`share`) or against everything (`update`) until the commit. */
export async function lockCluster(
  tx: WriteTx,
  scopeId: number,
  name: string,
  mode: "share" | "update",
): Promise<ClusterRow | null> {
  const [row] = await tx.query<ClusterRow>(
    `SELECT ${COLUMNS} FROM clusters WHERE scope_id = $1 AND name = $2 FOR ${mode === "share" ? "SHARE" : "UPDATE"}`,
    [scopeId, name],
  );
  return row ?? null;
}

/** ACTIVE clusters that can be named, in name order after `afterName`, at most `limit`. */
export const listClusterNames = (
  tx: Pick<ReadTx, "query">,
  page: { readonly scopeId: number; readonly afterName: string; readonly limit: number },
) =>
  tx.query<{ name: string }>(
    `SELECT name FROM clusters WHERE scope_id = $1 AND status = 'ACTIVE' AND name COLLATE "C" > $2 AND name <> $4
     ORDER BY name COLLATE "C" LIMIT $3`,
    [page.scopeId, page.afterName, page.limit, FLEET_CLUSTER],
  );

/**
 * Makes a cluster, or makes an INACTIVE one of that name anew (a new id: what lived in the old one stays
 * with the old one). An ACTIVE cluster is answered as it stands.
 */
export async function createCluster(
  tx: WriteTx,
  cluster: {
    readonly scopeId: number;
    readonly name: string;
    readonly details: ClusterSettings;
    readonly tags: readonly Tag[];
  },
): Promise<ClusterRow> {
  const { scopeId, name } = cluster;
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`cluster ${scopeId} ${name}`]);
  const existing = await lockCluster(tx, scopeId, name, "update");
  if (existing?.status === "ACTIVE") return existing;
  // The name is unique; the retired row keeps its id under a name no caller can write.
  if (existing) {
    await tx.query("UPDATE clusters SET name = name || '#' || id WHERE id = $1", [existing.id]);
  }
  const [row] = await tx.query<ClusterRow>(
    `INSERT INTO clusters (id, scope_id, name, status, details, tags) VALUES ($1, $2, $3, 'ACTIVE', $4, $5)
     RETURNING ${COLUMNS}`,
    [newId(), scopeId, name, JSON.stringify(cluster.details), JSON.stringify(cluster.tags)],
  );
  return row as ClusterRow;
}

/** The caller holds the cluster. */
export async function setClusterDetails(
  tx: WriteTx,
  cluster: ClusterRow,
  changes: Partial<ClusterSettings>,
): Promise<ClusterRow> {
  const details = { ...cluster.details, ...changes };
  await tx.query("UPDATE clusters SET details = $2 WHERE id = $1", [cluster.id, JSON.stringify(details)]);
  return { ...cluster, details };
}

/** Those that a service's strategy or a live task of the cluster names. */
export async function providersInUse(tx: ReadTx, clusterId: string): Promise<readonly string[]> {
  const rows = await tx.query<{ name: string }>(
    `SELECT item->>'capacityProvider' AS name
     FROM services v, jsonb_array_elements(coalesce(v.details->'capacityProviderStrategy', '[]')) AS item
     WHERE v.cluster_id = $1 AND v.status <> 'INACTIVE'
     UNION SELECT t.capacity_provider FROM task_state s JOIN tasks t ON t.id = s.task_id
     WHERE s.cluster_id = $1 AND s.last_status <> 'STOPPED' AND t.capacity_provider IS NOT NULL`,
    [clusterId],
  );
  return rows.map(({ name }) => name);
}

export async function deactivateCluster(tx: WriteTx, clusterId: string): Promise<void> {
  await tx.query("UPDATE clusters SET status = 'INACTIVE' WHERE id = $1", [clusterId]);
}

export interface ClusterCounts {
  readonly clusterId: string;
  readonly registeredContainerInstances: number;
  readonly runningTasks: number;
  readonly pendingTasks: number;
  /** By launch type, for `statistics`. */
  readonly runningEc2Tasks: number;
  readonly pendingEc2Tasks: number;
  readonly runningFargateTasks: number;
  readonly pendingFargateTasks: number;
  readonly activeServices: number;
  readonly drainingServices: number;
  readonly activeEc2Services: number;
  readonly drainingEc2Services: number;
  readonly activeFargateServices: number;
  readonly drainingFargateServices: number;
}

/** Counts derived from rows, one query for any number of clusters. */
export const countClusters = (tx: ReadTx, clusterIds: readonly string[]) =>
  tx.query<ClusterCounts>(
    `SELECT c.id AS "clusterId",
       (SELECT count(*) FROM container_instances i WHERE i.cluster_id = c.id AND i.status <> 'INACTIVE')::int
         AS "registeredContainerInstances",
       t.running AS "runningTasks", t.pending AS "pendingTasks",
       t.running_ec2 AS "runningEc2Tasks", t.pending_ec2 AS "pendingEc2Tasks",
       t.running_fargate AS "runningFargateTasks", t.pending_fargate AS "pendingFargateTasks",
       v.active AS "activeServices", v.draining AS "drainingServices",
       v.active_ec2 AS "activeEc2Services", v.draining_ec2 AS "drainingEc2Services",
       v.active_fargate AS "activeFargateServices", v.draining_fargate AS "drainingFargateServices"
     FROM unnest($1::text[]) AS c(id), LATERAL (
       SELECT count(*) FILTER (WHERE s.last_status = 'RUNNING')::int AS running,
         count(*) FILTER (WHERE s.last_status IN ('PROVISIONING', 'PENDING', 'ACTIVATING'))::int AS pending,
         count(*) FILTER (WHERE s.last_status = 'RUNNING' AND t.launch_type = 'EC2')::int AS running_ec2,
         count(*) FILTER (WHERE s.last_status IN ('PROVISIONING', 'PENDING', 'ACTIVATING')
           AND t.launch_type = 'EC2')::int AS pending_ec2,
         count(*) FILTER (WHERE s.last_status = 'RUNNING' AND t.launch_type = 'FARGATE')::int AS running_fargate,
         count(*) FILTER (WHERE s.last_status IN ('PROVISIONING', 'PENDING', 'ACTIVATING')
           AND t.launch_type = 'FARGATE')::int AS pending_fargate
       FROM task_state s JOIN tasks t ON t.id = s.task_id
       WHERE s.cluster_id = c.id AND s.last_status <> 'STOPPED'
     ) t, LATERAL (
       SELECT count(*) FILTER (WHERE status = 'ACTIVE')::int AS active,
         count(*) FILTER (WHERE status = 'DRAINING')::int AS draining,
         count(*) FILTER (WHERE status = 'ACTIVE' AND launch_type = 'EC2')::int AS active_ec2,
         count(*) FILTER (WHERE status = 'DRAINING' AND launch_type = 'EC2')::int AS draining_ec2,
         count(*) FILTER (WHERE status = 'ACTIVE' AND launch_type = 'FARGATE')::int AS active_fargate,
         count(*) FILTER (WHERE status = 'DRAINING' AND launch_type = 'FARGATE')::int AS draining_fargate
       FROM services WHERE cluster_id = c.id AND status <> 'INACTIVE'
     ) v`,
    [clusterIds],
  );
