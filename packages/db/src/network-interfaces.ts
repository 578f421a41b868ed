/** Reads of network interfaces and of the groups they have, for the APIs of EC2 and ECS; `task-interfaces` writes them. */
import { moveAddress, rangesOf } from "@roadstead/model/machine-range";
import type { ReadTx } from "./connect.ts";

type Reader = Pick<ReadTx, "query">;

export interface NetworkInterfaceRow {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly privateIp: string;
  readonly mac: string;
  readonly groupIds: readonly string[];
  readonly taskId: string | null;
  /** Of the task. */
  readonly attachmentId: string | null;
  readonly createdAt: Date;
}

export const interfacesOfScope = (tx: Reader, scopeId: number) =>
  tx.query<NetworkInterfaceRow>(
    `SELECT id, vpc_id AS "vpcId", subnet_id AS "subnetId", private_ip AS "privateIp", mac, group_ids AS "groupIds",
       task_id AS "taskId", attachment_id AS "attachmentId", created_at AS "createdAt"
     FROM network_interfaces WHERE scope_id = $1 ORDER BY id`,
    [scopeId],
  );

/** How many addresses of each subnet tasks have. */
export async function countInterfaces(tx: Reader, scopeId: number): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.query<{ subnetId: string; count: number }>(
    `SELECT subnet_id AS "subnetId", count(*)::int AS count FROM network_interfaces WHERE scope_id = $1 GROUP BY 1`,
    [scopeId],
  );
  return new Map(rows.map(({ subnetId, count }) => [subnetId, count]));
}

/** As addresses of the subnet itself, wherever they are on machines. */
export async function addressesOfSubnet(tx: Reader, subnetId: string): Promise<readonly string[]> {
  const rows = await tx.query<{ privateIp: string; own: string; machine: string }>(
    `SELECT i.private_ip AS "privateIp", v.cidr_block AS own, coalesce(v.machine_range::text, v.cidr_block) AS machine
     FROM network_interfaces i JOIN vpcs v ON v.id = i.vpc_id WHERE i.subnet_id = $1`,
    [subnetId],
  );
  return rows.map(({ privateIp, own, machine }) => moveAddress(privateIp, rangesOf(machine, own)));
}

/** Whether a task is in the subnet. */
export async function interfaceIsIn(tx: Reader, subnetId: string): Promise<boolean> {
  const rows = await tx.query("SELECT 1 FROM network_interfaces WHERE subnet_id = $1 LIMIT 1", [subnetId]);
  return rows.length > 0;
}

/** Whether a task has the security group. */
export async function interfaceHas(tx: Reader, scopeId: number, groupId: string): Promise<boolean> {
  const rows = await tx.query(
    "SELECT 1 FROM network_interfaces WHERE scope_id = $1 AND group_ids @> to_jsonb($2::text) LIMIT 1",
    [scopeId, groupId],
  );
  return rows.length > 0;
}

export const groupsByIds = (tx: Reader, scopeId: number, ids: readonly string[]) =>
  tx.query<{ id: string; vpcId: string }>(
    `SELECT id, vpc_id AS "vpcId" FROM security_groups WHERE scope_id = $1 AND id = ANY($2)`,
    [scopeId, ids],
  );
