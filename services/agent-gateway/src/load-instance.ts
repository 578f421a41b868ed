/** Reads the container instance a socket is for, with its cluster and scope; called for each upgrade. */
import type { ReadTx } from "@roadstead/db/connect";
import {
  type ClusterArn,
  type ContainerInstanceArn,
  clusterArn,
  containerInstanceArn,
  type Place,
} from "@roadstead/model/arn";
import type { InstanceStatus } from "@roadstead/model/container-instance";

/** What a session knows of its instance: none of it ever changes but for the status. */
export interface ConnectedInstance {
  readonly id: string;
  readonly arn: ContainerInstanceArn;
  readonly clusterName: string;
  readonly clusterArn: ClusterArn;
  readonly place: Place;
}

export async function loadInstance(
  db: Pick<ReadTx, "query">,
  id: string,
): Promise<(ConnectedInstance & { readonly status: InstanceStatus }) | null> {
  const [row] = await db.query<{
    status: InstanceStatus;
    clusterName: string;
    accountId: string;
    region: string;
  }>(
    `SELECT i.status, c.name AS "clusterName", s.account_id AS "accountId", s.region
     FROM container_instances i JOIN clusters c ON c.id = i.cluster_id JOIN scopes s ON s.id = i.scope_id
     WHERE i.id = $1`,
    [id],
    "gateway-instance",
  );
  if (!row) return null;
  const place = { accountId: row.accountId, region: row.region };
  return {
    id,
    arn: containerInstanceArn(place, row.clusterName, id),
    clusterName: row.clusterName,
    clusterArn: clusterArn(place, row.clusterName),
    place,
    status: row.status,
  };
}

/** The newest session of an instance, or 0: telemetry is dated by it. */
export async function currentEpoch(db: Pick<ReadTx, "query">, instanceId: string): Promise<number> {
  const [row] = await db.query<{ epoch: string }>(
    "SELECT epoch FROM agent_sessions WHERE instance_id = $1",
    [instanceId],
    "gateway-epoch",
  );
  return Number(row?.epoch ?? 0);
}

/** Those of `ids` whose instance was deregistered. */
export async function deregisteredOf(
  db: Pick<ReadTx, "query">,
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await db.query<{ id: string }>(
    "SELECT id FROM container_instances WHERE id = ANY($1) AND status = 'INACTIVE'",
    [ids],
    "gateway-deregistered",
  );
  return rows.map(({ id }) => id);
}
