/** What load balancers and target groups need to know of the network that they are put in, and what of it they keep in use. */
import type { ReadTx, WriteTx } from "./connect.ts";

type Reader = Pick<ReadTx, "query">;

/** Nothing of the network changes until the commit; others may look as well. */
export async function holdNetwork(tx: WriteTx, scopeId: number): Promise<void> {
  await tx.query("SELECT 1 FROM networks WHERE scope_id = $1 FOR SHARE", [scopeId]);
}

export const findSubnets = (tx: Reader, scopeId: number, ids: readonly string[]) =>
  tx.query<{ id: string; vpcId: string; zoneName: string }>(
    `SELECT id, vpc_id AS "vpcId", availability_zone AS "zoneName" FROM subnets
     WHERE scope_id = $1 AND id = ANY($2)`,
    [scopeId, ids],
  );

/** Those of the ids that are groups of the VPC. */
export async function findSecurityGroups(
  tx: Reader,
  vpcId: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await tx.query<{ id: string }>(
    "SELECT id FROM security_groups WHERE vpc_id = $1 AND id = ANY($2)",
    [vpcId, ids],
  );
  return rows.map(({ id }) => id);
}

export async function findDefaultSecurityGroup(tx: Reader, vpcId: string): Promise<string | null> {
  const [row] = await tx.query<{ id: string }>(
    "SELECT id FROM security_groups WHERE vpc_id = $1 AND name = 'default'",
    [vpcId],
  );
  return row?.id ?? null;
}

export async function hasVpc(tx: Reader, scopeId: number, id: string): Promise<boolean> {
  const rows = await tx.query("SELECT 1 FROM vpcs WHERE scope_id = $1 AND id = $2", [scopeId, id]);
  return rows.length > 0;
}

/** Whether a load balancer is in the subnet. */
export async function balancerIsIn(tx: Reader, scopeId: number, subnetId: string): Promise<boolean> {
  const rows = await tx.query(
    `SELECT 1 FROM load_balancers
     WHERE scope_id = $1 AND subnets @> jsonb_build_array(jsonb_build_object('subnetId', $2::text)) LIMIT 1`,
    [scopeId, subnetId],
  );
  return rows.length > 0;
}

/** Whether a load balancer has the security group. */
export async function balancerHas(tx: Reader, scopeId: number, groupId: string): Promise<boolean> {
  const rows = await tx.query(
    "SELECT 1 FROM load_balancers WHERE scope_id = $1 AND security_groups @> to_jsonb($2::text) LIMIT 1",
    [scopeId, groupId],
  );
  return rows.length > 0;
}
