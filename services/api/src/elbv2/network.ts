/** Checks the subnets and security groups that a load balancer is to have, as AWS does. */
import type { SubnetMapping } from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  findDefaultSecurityGroup,
  findSecurityGroups,
  findSubnets,
  holdNetwork,
} from "@roadstead/db/balancer-network";
import type { WriteTx } from "@roadstead/db/connect";
import type { LoadBalancerRow } from "@roadstead/db/load-balancers";
import type { ApiContext } from "../context.ts";
import { elbErrors } from "./errors.ts";

const ZONES_MIN = 2;

/** The subnets, in the order given, and the VPC that they are of. */
export async function readSubnets(
  tx: WriteTx,
  ctx: ApiContext,
  input: {
    readonly Subnets?: readonly string[] | undefined;
    readonly SubnetMappings?: readonly SubnetMapping[] | undefined;
  },
): Promise<Pick<LoadBalancerRow, "vpcId" | "subnets">> {
  const ids = subnetIds(input);
  await holdNetwork(tx, ctx.scope.id);
  const found = await findSubnets(tx, ctx.scope.id, ids);
  const rows = new Map(found.map((row) => [row.id, row]));
  const missing = ids.filter((id) => !rows.has(id));
  if (missing.length > 0) throw elbErrors.subnetNotFound(missing);
  const [vpcId, ...otherVpcs] = new Set(found.map((row) => row.vpcId));
  const subnets = ids.map((subnetId) => ({ subnetId, zoneName: rows.get(subnetId)?.zoneName ?? "" }));
  const zones = new Set(subnets.map(({ zoneName }) => zoneName)).size;
  if (zones < subnets.length) {
    throw elbErrors.invalidConfiguration(
      "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    );
  }
  if (vpcId === undefined || zones < ZONES_MIN) {
    throw elbErrors.validation("At least two subnets in two different Availability Zones must be specified");
  }
  if (otherVpcs.length > 0) throw elbErrors.invalidConfiguration("All subnets must belong to the same VPC");
  return { vpcId, subnets };
}

function subnetIds({ Subnets = [], SubnetMappings = [] }: Parameters<typeof readSubnets>[2]): string[] {
  if (Subnets.length > 0 === SubnetMappings.length > 0) {
    throw elbErrors.validation("You must specify either subnets or subnet mappings");
  }
  const fixed = SubnetMappings.find((one) => one.AllocationId || one.PrivateIPv4Address || one.IPv6Address);
  if (fixed) {
    throw elbErrors.invalidConfiguration("Addresses cannot be specified for an application load balancer");
  }
  return [...new Set([...Subnets, ...SubnetMappings.map(({ SubnetId }) => SubnetId ?? "")])];
}

/** With none given, the default group of the VPC. */
export async function readSecurityGroups(
  tx: WriteTx,
  ctx: ApiContext,
  vpcId: string,
  given: readonly string[] | undefined,
): Promise<readonly string[]> {
  const ids = [...new Set(given ?? [])];
  await holdNetwork(tx, ctx.scope.id);
  if (ids.length === 0) {
    const own = await findDefaultSecurityGroup(tx, vpcId);
    return own === null ? [] : [own];
  }
  const found = await findSecurityGroups(tx, vpcId, ids);
  if (found.length < ids.length) throw elbErrors.invalidSecurityGroups();
  return ids;
}
