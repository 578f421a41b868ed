/** What agents enforce: who is in the VPCs of their tasks, and what the groups of those let through. The gateway reads it. */
import type { SecurityMember, SecurityRule, VpcSecurity } from "@roadstead/model/vpc-security";
import type { ReadTx } from "./connect.ts";

type Reader = Pick<ReadTx, "query">;

/** The VPCs in which each of the instances has tasks that have not stopped; an instance without any is not there. */
export async function vpcsOfInstances(
  tx: Reader,
  instanceIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await tx.query<{ instanceId: string; vpcIds: string[] }>(
    `SELECT s.instance_id AS "instanceId", array_agg(DISTINCT n.vpc_id) AS "vpcIds"
     FROM network_interfaces n JOIN task_state s ON s.task_id = n.task_id
     WHERE s.instance_id = ANY($1) GROUP BY s.instance_id`,
    [instanceIds],
    "security-vpcs-of-instances",
  );
  return new Map(rows.map(({ instanceId, vpcIds }) => [instanceId, vpcIds]));
}

/** In a fixed order throughout, so that equal states read equal. Load balancers are members at the address they come from. */
export async function securityOfVpcs(tx: Reader, vpcIds: readonly string[]): Promise<readonly VpcSecurity[]> {
  const vpcs = await tx.query<Pick<VpcSecurity, "vpcId" | "cidr" | "machineRange">>(
    `SELECT id AS "vpcId", cidr_block AS cidr, coalesce(machine_range::text, cidr_block) AS "machineRange"
     FROM vpcs WHERE id = ANY($1) ORDER BY id`,
    [vpcIds],
    "security-vpcs",
  );
  const members = await tx.query<SecurityMember & { readonly vpcId: string }>(
    `SELECT vpc_id AS "vpcId", private_ip AS address, group_ids AS "groupIds" FROM network_interfaces WHERE vpc_id = ANY($1)
     UNION ALL SELECT vpc_id, address, security_groups FROM load_balancers WHERE vpc_id = ANY($1) ORDER BY 1, 2`,
    [vpcIds],
    "security-members",
  );
  const byVpc = Map.groupBy(members, ({ vpcId }) => vpcId);
  const rules = await rulesOf(tx, [...new Set(members.flatMap(({ groupIds }) => groupIds))]);
  return vpcs.map((vpc) => {
    const own = (byVpc.get(vpc.vpcId) ?? []).map(({ address, groupIds }) => ({ address, groupIds }));
    const groupIds = [...new Set(own.flatMap((member) => member.groupIds))].sort();
    return { ...vpc, members: own, groups: groupIds.map((id) => ({ id, rules: rules.get(id) ?? [] })) };
  });
}

async function rulesOf(
  tx: Reader,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, readonly SecurityRule[]>> {
  const rows = await tx.query<SecurityRule & { readonly of: string }>(
    `SELECT group_id AS "of", egress, protocol, from_port AS "fromPort", to_port AS "toPort", cidr_ipv4 AS cidr,
       referenced_group_id AS "groupId"
     FROM security_group_rules WHERE group_id = ANY($1) AND cidr_ipv6 IS NULL AND protocol <> 'icmpv6' ORDER BY group_id, id`,
    [groupIds],
    "security-rules",
  );
  const byGroup = Map.groupBy(rows, (row) => row.of);
  return new Map([...byGroup].map(([id, list]) => [id, list.map(({ of: _, ...rule }) => rule)]));
}
