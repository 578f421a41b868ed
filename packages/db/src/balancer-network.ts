/** What load balancers and target groups need to know of the network that they are put in; what is found stays until the commit. */
import type { WriteTx } from "./connect.ts";

export const findSubnets = (tx: WriteTx, scopeId: number, ids: readonly string[]) =>
  tx.query<{ id: string; vpcId: string; zoneName: string }>(
    `SELECT id, vpc_id AS "vpcId", availability_zone AS "zoneName" FROM subnets
     WHERE scope_id = $1 AND id = ANY($2) ORDER BY id FOR KEY SHARE`,
    [scopeId, ids],
  );

/** Those of the ids that are groups of the VPC. */
export async function findSecurityGroups(
  tx: WriteTx,
  vpcId: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const rows = await tx.query<{ id: string }>(
    "SELECT id FROM security_groups WHERE vpc_id = $1 AND id = ANY($2) ORDER BY id FOR KEY SHARE",
    [vpcId, ids],
  );
  return rows.map(({ id }) => id);
}

export async function findDefaultSecurityGroup(tx: WriteTx, vpcId: string): Promise<string | null> {
  const [row] = await tx.query<{ id: string }>(
    "SELECT id FROM security_groups WHERE vpc_id = $1 AND name = 'default' FOR KEY SHARE",
    [vpcId],
  );
  return row?.id ?? null;
}

export async function hasVpc(tx: WriteTx, scopeId: number, id: string): Promise<boolean> {
  const rows = await tx.query("SELECT 1 FROM vpcs WHERE scope_id = $1 AND id = $2 FOR KEY SHARE", [
    scopeId,
    id,
  ]);
  return rows.length > 0;
}
