/** Network interfaces of tasks in awsvpc mode: given with a task's place, taken back when it has stopped. */
import { randomBytes, randomInt } from "node:crypto";
import { formatCidr, parseCidr } from "@roadstead/model/cidr";
import {
  DEFAULT_RANGE_PLAN,
  moveAddress,
  moveCidr,
  type RangePlan,
  type Ranges,
  rangesOf,
  reversed,
} from "@roadstead/model/machine-range";
import { chooseAddress } from "@roadstead/model/subnet-address";
import { attachmentIdOf, type TaskInterface, type TaskNetwork } from "@roadstead/model/task-network";
import type { WriteTx } from "./connect.ts";
import { settleMachineRanges } from "./machine-ranges.ts";
import { mintResourceId } from "./network-tables.ts";

export interface InterfaceWish {
  readonly taskId: string;
  /** Of the instance, whose subnets alone will do; null where a machine stands for every zone. */
  readonly zone: string | null;
}

export interface AllottedInterfaces {
  readonly allotted: ReadonlyMap<string, TaskInterface>;
  /** Tasks for which no address was free, with what their stop is to say. */
  readonly refused: readonly { readonly taskId: string; readonly reason: string }[];
}

interface Wanting {
  readonly id: string;
  readonly scopeId: number;
  readonly group: string;
  readonly network: TaskNetwork;
}

interface Subnet {
  readonly id: string;
  readonly vpcId: string;
  readonly vpcCidr: string;
  /** Of the VPC, whose addresses move there; null when no range was free. */
  readonly machineRange: string | null;
  readonly cidrBlock: string;
  readonly availabilityZone: string;
  /** Of its VPC; what tasks get that name no security group. */
  readonly defaultGroupId: string | null;
  /** As the subnet's own, wherever they are on machines. */
  readonly taken: Set<string>;
  readonly byGroup: Map<string, number>;
}

/**
 * Gives each task that wants one an interface of its own. Whoever calls this holds the tasks, and their instances where they
 * have some: the network and the subnets are locked after those. Tasks of other network modes are in neither answer.
 */
export async function allotInterfaces(
  tx: WriteTx,
  wishes: readonly InterfaceWish[],
  plan: RangePlan = DEFAULT_RANGE_PLAN,
): Promise<AllottedInterfaces> {
  const wanting = await wantingTasks(
    tx,
    wishes.map(({ taskId }) => taskId),
  );
  if (wanting.length === 0) return { allotted: new Map(), refused: [] };
  const subnets = await lockSubnets(tx, wanting, plan);
  const zones = new Map(wishes.map(({ taskId, zone }) => [taskId, zone]));
  const allotted = new Map<string, TaskInterface>();
  const refused: { taskId: string; reason: string }[] = [];
  for (const task of wanting) {
    const given = interfaceIn(subnets, task, zones.get(task.id) ?? null);
    if (typeof given === "string") refused.push({ taskId: task.id, reason: given });
    else allotted.set(task.id, given);
  }
  await writeInterfaces(tx, wanting, allotted);
  return { allotted, refused };
}

const wantingTasks = (tx: WriteTx, ids: readonly string[]) =>
  tx.query<Wanting>(
    `SELECT id, scope_id AS "scopeId", task_group AS "group", network FROM tasks
     WHERE id = ANY($1) AND network IS NOT NULL ORDER BY id`,
    [ids],
    "interfaces-wanting",
  );

/** The network's row keeps subnets and groups from going meanwhile; a subnet's row keeps others from its addresses. */
async function lockSubnets(
  tx: WriteTx,
  tasks: readonly Wanting[],
  plan: RangePlan,
): Promise<ReadonlyMap<string, Subnet>> {
  await tx.query(
    "SELECT 1 FROM networks WHERE scope_id = ANY($1) ORDER BY scope_id FOR SHARE",
    [[...new Set(tasks.map(({ scopeId }) => scopeId))]],
    "interfaces-networks",
  );
  const ids = [...new Set(tasks.flatMap(({ network }) => network.subnets))];
  await settleMachineRanges(tx, ids, plan);
  const rows = await tx.query<Omit<Subnet, "taken" | "byGroup">>(
    `SELECT s.id, s.vpc_id AS "vpcId", v.cidr_block AS "vpcCidr", v.machine_range::text AS "machineRange", s.cidr_block AS "cidrBlock",
       s.availability_zone AS "availabilityZone",
       (SELECT g.id FROM security_groups g WHERE g.vpc_id = s.vpc_id AND g.name = 'default') AS "defaultGroupId"
     FROM subnets s JOIN vpcs v ON v.id = s.vpc_id WHERE s.id = ANY($1) ORDER BY s.id FOR NO KEY UPDATE OF s`,
    [ids],
    "interfaces-subnets",
  );
  const subnets = new Map(
    rows.map((row) => [row.id, { ...row, taken: new Set<string>(), byGroup: new Map<string, number>() }]),
  );
  const used = await tx.query<{ subnetId: string; privateIp: string; group: string | null }>(
    `SELECT i.subnet_id AS "subnetId", i.private_ip AS "privateIp", t.task_group AS "group"
     FROM network_interfaces i LEFT JOIN tasks t ON t.id = i.task_id WHERE i.subnet_id = ANY($1)
     UNION ALL SELECT subnet_id, private_ip, NULL FROM nat_gateways WHERE subnet_id = ANY($1)`,
    [ids],
    "interfaces-used",
  );
  for (const { subnetId, privateIp, group } of used) {
    const subnet = subnets.get(subnetId);
    take(subnet, subnet?.machineRange ? moveAddress(privateIp, reversed(moveOf(subnet))) : privateIp, group);
  }
  return subnets;
}

const moveOf = ({ vpcCidr, machineRange }: Subnet): Ranges => rangesOf(vpcCidr, machineRange ?? vpcCidr);

function take(subnet: Subnet | undefined, privateIp: string, group: string | null): void {
  subnet?.taken.add(privateIp);
  if (group !== null) subnet?.byGroup.set(group, (subnet.byGroup.get(group) ?? 0) + 1);
}

/** What a task gets, or in EC2's words why it gets nothing. */
function interfaceIn(
  subnets: ReadonlyMap<string, Subnet>,
  { id: taskId, group, network }: Wanting,
  zone: string | null,
): TaskInterface | string {
  const known = network.subnets.flatMap((id) => subnets.get(id) ?? []);
  const here = known.filter(({ availabilityZone }) => zone === null || availabilityZone === zone);
  const chosen = chooseAddress(here, group, () => randomInt(2 ** 32) / 2 ** 32);
  const subnet = chosen && subnets.get(chosen.subnetId);
  if (!chosen || !subnet) return refusal(network, here[0] ?? null);
  if (!subnet.machineRange)
    return refusal(network, subnet, `no range on machines is free for ${subnet.vpcId}`);
  take(subnet, chosen.privateIp, group);
  const move = moveOf(subnet);
  return {
    id: mintResourceId("eni"),
    attachmentId: attachmentIdOf(taskId),
    vpcId: subnet.vpcId,
    vpcCidr: formatCidr(move.machine),
    subnetId: subnet.id,
    subnetCidr: movedBlock(subnet.cidrBlock, move),
    availabilityZone: subnet.availabilityZone,
    privateIp: moveAddress(chosen.privateIp, move),
    mac: mintMac(),
    groupIds: network.securityGroups.length > 0 ? network.securityGroups : [subnet.defaultGroupId ?? ""],
  };
}

function movedBlock(text: string, move: Ranges): string {
  const block = parseCidr(text);
  return block ? formatCidr(moveCidr(block, move)) : text;
}

function refusal(
  { subnets, assignPublicIp }: TaskNetwork,
  full: Subnet | null,
  code = full ? "InsufficientFreeAddressesInSubnet" : "InvalidSubnetID.NotFound",
): string {
  const assignment = assignPublicIp === "ENABLED" ? "enabled" : "disabled";
  const attempt = `Create Network Interface with public IP assignment ${assignment} in subnet '${full?.id ?? subnets[0]}'`;
  return `Unexpected EC2 error while attempting to ${attempt}: ${code}`;
}

/** Locally administered, of one machine only, as EC2's are. */
const mintMac = () =>
  ["0a", ...[...randomBytes(5)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");

async function writeInterfaces(
  tx: WriteTx,
  tasks: readonly Wanting[],
  allotted: ReadonlyMap<string, TaskInterface>,
): Promise<void> {
  const rows = tasks.flatMap(({ id: taskId, scopeId }) => {
    const given = allotted.get(taskId);
    return given ? [{ taskId, scopeId, given }] : [];
  });
  if (rows.length === 0) return;
  await tx.query(
    `INSERT INTO network_interfaces (id, scope_id, vpc_id, subnet_id, private_ip, mac, group_ids, description, task_id,
       attachment_id)
     SELECT given->>'id', r."scopeId", given->>'vpcId', given->>'subnetId', given->>'privateIp', given->>'mac',
       given->'groupIds', '', r."taskId", given->>'attachmentId'
     FROM jsonb_to_recordset($1) AS r("taskId" text, "scopeId" int, given jsonb)`,
    [JSON.stringify(rows)],
    "interfaces-insert",
  );
  await tx.query(
    `UPDATE task_state s SET network_interface = r.given
     FROM jsonb_to_recordset($1) AS r("taskId" text, given jsonb) WHERE s.task_id = r."taskId"`,
    [JSON.stringify(rows)],
    "interfaces-remember",
  );
}

/** Gives addresses back; what tasks show of their interfaces stays with them. */
export async function releaseInterfaces(tx: WriteTx, taskIds: readonly string[]): Promise<void> {
  await tx.query("DELETE FROM network_interfaces WHERE task_id = ANY($1)", [taskIds], "interfaces-release");
}
