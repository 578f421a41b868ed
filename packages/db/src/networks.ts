/** The network a region of an account starts with, and the lock that every change of a network holds. */
import { availabilityZones } from "@roadstead/model/availability-zone";
import { blockOf, formatCidr, parseCidr } from "@roadstead/model/cidr";
import type { Tag } from "@roadstead/model/container-instance";
import type { Db, ReadTx, WriteTx } from "./connect.ts";
import {
  internetGateways,
  mintResourceId,
  routeTableAssociations,
  routeTables,
  securityGroupRules,
  securityGroups,
  subnets,
  type VpcRow,
  vpcs,
} from "./network-tables.ts";
import type { Scope } from "./scopes.ts";

const DEFAULT_CIDR = "172.31.0.0/16";
const DEFAULT_SUBNET_PREFIX = 20;
export const EVERYWHERE = "0.0.0.0/0";

/** Makes the scope's network, with its default VPC, unless it was made before: a deleted default VPC stays away. */
export async function ensureNetwork(db: Db, scope: Scope): Promise<void> {
  const [made] = await db.query("SELECT 1 FROM networks WHERE scope_id = $1", [scope.id], "network-made");
  if (made) return;
  await db.write(async (tx) => {
    const [inserted] = await tx.query(
      "INSERT INTO networks (scope_id, dhcp_options_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1",
      [scope.id, mintResourceId("dopt")],
    );
    if (inserted) await makeDefaultVpc(tx, scope);
  });
}

/** Holds the network against every other change until the commit. */
export async function lockNetwork(tx: WriteTx, scopeId: number): Promise<void> {
  await tx.query("SELECT 1 FROM networks WHERE scope_id = $1 FOR UPDATE", [scopeId]);
}

export async function dhcpOptionsOf(tx: Pick<ReadTx, "query">, scopeId: number): Promise<string> {
  const [row] = await tx.query<{ id: string }>(
    "SELECT dhcp_options_id AS id FROM networks WHERE scope_id = $1",
    [scopeId],
  );
  return row?.id ?? "default";
}

/** A VPC with one subnet in each zone and a way out. */
export async function makeDefaultVpc(tx: WriteTx, scope: Scope): Promise<VpcRow> {
  const { vpc, routeTableId } = await makeVpc(tx, scope, {
    cidrBlock: DEFAULT_CIDR,
    isDefault: true,
    tags: [],
  });
  for (const [index, zone] of availabilityZones(scope.region).entries()) {
    await makeDefaultSubnet(tx, scope, { vpc, index, availabilityZone: zone.name });
  }
  const gateway = mintResourceId("igw");
  await internetGateways.insert(tx, { id: gateway, scopeId: scope.id, vpcId: vpc.id, tags: [] });
  await routeTables.update(tx, routeTableId, { routes: [{ destination: EVERYWHERE, target: gateway }] });
  return vpc;
}

async function makeDefaultSubnet(
  tx: WriteTx,
  scope: Scope,
  place: { readonly vpc: VpcRow; readonly index: number; readonly availabilityZone: string },
): Promise<void> {
  const whole = parseCidr(place.vpc.cidrBlock);
  const block = whole && blockOf(whole, DEFAULT_SUBNET_PREFIX, place.index);
  if (!block) throw new Error(`the default VPC has no room for subnet ${place.index}`);
  await subnets.insert(tx, {
    id: mintResourceId("subnet"),
    scopeId: scope.id,
    vpcId: place.vpc.id,
    cidrBlock: formatCidr(block),
    availabilityZone: place.availabilityZone,
    isDefault: true,
    mapPublicIp: true,
    hostnameType: "ip-name",
    hostnameRecord: false,
    tags: [],
  });
}

/** A VPC and what every one has: a main route table, and a security group that lets its own members in. */
export async function makeVpc(
  tx: WriteTx,
  scope: Scope,
  wanted: { readonly cidrBlock: string; readonly isDefault: boolean; readonly tags: readonly Tag[] },
): Promise<{ readonly vpc: VpcRow; readonly routeTableId: string }> {
  const scopeId = scope.id;
  const vpc = await vpcs.insert(tx, {
    ...wanted,
    id: mintResourceId("vpc"),
    scopeId,
    dnsSupport: true,
    dnsHostnames: wanted.isDefault,
    addressUsageMetrics: false,
  });
  const routeTableId = mintResourceId("rtb");
  await routeTables.insert(tx, { id: routeTableId, scopeId, vpcId: vpc.id, routes: [], tags: [] });
  const association = { id: mintResourceId("rtbassoc"), routeTableId, vpcId: vpc.id, subnetId: null };
  await routeTableAssociations.insert(tx, { ...association, scopeId });
  const description = "default VPC security group";
  const groupId = await makeSecurityGroup(tx, scopeId, {
    vpcId: vpc.id,
    name: "default",
    description,
    tags: [],
  });
  await insertRule(tx, scopeId, { groupId, egress: false, referencedGroupId: groupId });
  return { vpc, routeTableId };
}

/** A security group whose members may reach everything and be reached by nobody. */
export async function makeSecurityGroup(
  tx: WriteTx,
  scopeId: number,
  wanted: {
    readonly vpcId: string;
    readonly name: string;
    readonly description: string;
    readonly tags: readonly Tag[];
  },
): Promise<string> {
  const groupId = mintResourceId("sg");
  await securityGroups.insert(tx, { ...wanted, id: groupId, scopeId });
  await insertRule(tx, scopeId, { groupId, egress: true, cidrIpv4: EVERYWHERE });
  return groupId;
}

const insertRule = (
  tx: WriteTx,
  scopeId: number,
  rule: {
    readonly groupId: string;
    readonly egress: boolean;
    readonly cidrIpv4?: string;
    readonly referencedGroupId?: string;
  },
) =>
  securityGroupRules.insert(tx, {
    cidrIpv4: null,
    cidrIpv6: null,
    referencedGroupId: null,
    ...rule,
    id: mintResourceId("sgr"),
    scopeId,
    protocol: "-1",
    fromPort: -1,
    toPort: -1,
    description: null,
    tags: [],
  });

/** Removes a VPC on which nothing depends any more, with what it was made with. */
export async function removeVpc(tx: WriteTx, vpcId: string): Promise<void> {
  await tx.query("DELETE FROM route_table_associations WHERE vpc_id = $1", [vpcId]);
  await tx.query("DELETE FROM route_tables WHERE vpc_id = $1", [vpcId]);
  await tx.query(
    "DELETE FROM security_group_rules WHERE group_id IN (SELECT id FROM security_groups WHERE vpc_id = $1)",
    [vpcId],
  );
  await tx.query("DELETE FROM security_groups WHERE vpc_id = $1", [vpcId]);
  await vpcs.remove(tx, vpcId);
}
