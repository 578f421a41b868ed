/** Gives VPCs the ranges that their tasks' addresses are of on machines; `allotInterfaces` asks for them. */
import { formatCidr, parseCidr } from "@roadstead/model/cidr";
import { chooseMachineRange, mappedRange, type RangePlan } from "@roadstead/model/machine-range";
import type { WriteTx } from "./connect.ts";
import { ringBalancers } from "./load-balancers.ts";

/** Held while a range is chosen: VPCs of every scope are on the same machines. */
const RANGE_LOCK = "roadstead.machine-ranges";

interface Vpc {
  readonly id: string;
  readonly cidrBlock: string;
  readonly machineRange: string | null;
  /** By an interface of a task. */
  readonly isUsed: boolean;
}

/**
 * A VPC gets its range with its first task and keeps it until it is deleted. Only an operator who says another one for it
 * changes it, at a moment when none of its tasks is there. Whoever calls this holds the networks, and the subnets afterwards:
 * the ranges stay as they are until the commit.
 */
export async function settleMachineRanges(
  tx: WriteTx,
  subnetIds: readonly string[],
  plan: RangePlan,
): Promise<void> {
  if ((await openVpcs(tx, subnetIds, plan)).length > 0) await settleOpen(tx, subnetIds, plan);
  await tx.query(
    "SELECT 1 FROM vpcs WHERE id IN (SELECT vpc_id FROM subnets WHERE id = ANY($1)) ORDER BY id FOR SHARE",
    [subnetIds],
    "machine-ranges-hold",
  );
}

async function settleOpen(tx: WriteTx, subnetIds: readonly string[], plan: RangePlan): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtext($1))", [RANGE_LOCK]);
  // Whoever held the lock may have settled them all.
  const ids = (await openVpcs(tx, subnetIds, plan)).map(({ id }) => id);
  if (ids.length === 0) return;
  // Once this holds the rows, those who gave tasks addresses of the ranges so far have committed.
  await tx.query("SELECT 1 FROM vpcs WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE", [ids]);
  for (const vpc of await openVpcs(tx, subnetIds, plan)) await settle(tx, vpc, plan);
}

async function openVpcs(tx: WriteTx, subnetIds: readonly string[], plan: RangePlan): Promise<readonly Vpc[]> {
  return (await vpcsOf(tx, subnetIds)).filter((vpc) => isOpen(vpc, plan));
}

const vpcsOf = (tx: WriteTx, subnetIds: readonly string[]) =>
  tx.query<Vpc>(
    `SELECT v.id, v.cidr_block AS "cidrBlock", v.machine_range::text AS "machineRange",
       EXISTS (SELECT FROM network_interfaces n WHERE n.vpc_id = v.id) AS "isUsed"
     FROM vpcs v WHERE v.id IN (SELECT vpc_id FROM subnets WHERE id = ANY($1)) ORDER BY v.id`,
    [subnetIds],
    "machine-ranges-vpcs",
  );

function isOpen({ cidrBlock, machineRange, isUsed }: Vpc, plan: RangePlan): boolean {
  if (machineRange === null) return true;
  if (isUsed) return false;
  const wanted = mappedRange(plan, blockOf(cidrBlock));
  return wanted !== null && formatCidr(wanted) !== machineRange;
}

async function settle(tx: WriteTx, { id, cidrBlock, machineRange }: Vpc, plan: RangePlan): Promise<void> {
  const others = await tx.query<{ range: string }>(
    `SELECT machine_range::text AS range FROM vpcs WHERE machine_range IS NOT NULL AND id <> $1`,
    [id],
    "machine-ranges-taken",
  );
  const taken = others.map(({ range }) => blockOf(range));
  const chosen = chooseMachineRange(plan, blockOf(cidrBlock), taken);
  // With nothing free the VPC's tasks are refused their addresses.
  if (!chosen || formatCidr(chosen) === machineRange) return;
  await tx.query(
    "UPDATE vpcs SET machine_range = $2::cidr WHERE id = $1",
    [id, formatCidr(chosen)],
    "machine-ranges-set",
  );
  // Rules of their groups that name its addresses mean others now.
  ringBalancers(tx);
}

function blockOf(text: string) {
  const block = parseCidr(text);
  if (!block) throw new Error(`a VPC has the range ${text}`);
  return block;
}
