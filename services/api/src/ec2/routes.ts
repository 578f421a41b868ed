/** Reads where a route leads and for which addresses; nothing is routed by it: it says how the network is meant. */
import type { ReadTx } from "@roadstead/db/connect";
import type { RouteTableRow } from "@roadstead/db/network-tables";
import { containsCidr, formatCidr, parseCidr } from "@roadstead/model/cidr";
import type { ApiContext } from "../context.ts";
import { ec2Errors } from "./errors.ts";
import { existing, kinds } from "./kinds.ts";

export interface DestinationInput {
  readonly DestinationCidrBlock?: string | undefined;
  readonly DestinationIpv6CidrBlock?: string | undefined;
  readonly DestinationPrefixListId?: string | undefined;
}

export interface RouteInput extends DestinationInput {
  readonly GatewayId?: string | undefined;
  readonly NatGatewayId?: string | undefined;
}

/** As EC2 keeps it: bits behind the prefix are taken off. */
export function readDestination(input: DestinationInput): string {
  if (input.DestinationIpv6CidrBlock) throw ec2Errors.unsupported("IPv6");
  if (input.DestinationPrefixListId) throw ec2Errors.unsupported("A prefix list as destination");
  const text = input.DestinationCidrBlock;
  if (!text) throw ec2Errors.missing("destinationCidrBlock");
  const block = parseCidr(text);
  if (!block) throw ec2Errors.invalid("destinationCidrBlock", text, "This is not a valid CIDR block.");
  return formatCidr(block);
}

/** Every other kind of target is of something that there is not. */
const OTHER_TARGETS = [
  "CarrierGatewayId",
  "CoreNetworkArn",
  "EgressOnlyInternetGatewayId",
  "InstanceId",
  "LocalGatewayId",
  "LocalTarget",
  "NetworkInterfaceId",
  "OdbNetworkArn",
  "TransitGatewayId",
  "VpcEndpointId",
  "VpcPeeringConnectionId",
] as const;

/** The id of the gateway, which must be in the table's network. */
export async function readTarget(
  tx: ReadTx,
  ctx: ApiContext,
  table: RouteTableRow,
  input: RouteInput,
): Promise<string> {
  const other = OTHER_TARGETS.find((member) => Object.hasOwn(input, member));
  if (other) throw ec2Errors.unsupported(`A route to a ${other}`);
  const { GatewayId, NatGatewayId } = input;
  if (GatewayId && NatGatewayId) throw ec2Errors.combination("Only one target of a route may be given.");
  if (GatewayId) {
    if (!GatewayId.startsWith("igw-")) throw ec2Errors.unsupported(`A route to the gateway '${GatewayId}'`);
    const gateway = await existing(tx, ctx, kinds.internetGateway, GatewayId);
    return inNetwork(table, gateway.id, gateway.vpcId);
  }
  if (!NatGatewayId) throw ec2Errors.missing("GatewayId");
  const nat = await existing(tx, ctx, kinds.natGateway, NatGatewayId);
  return inNetwork(table, nat.id, nat.vpcId);
}

function inNetwork(table: RouteTableRow, target: string, vpcId: string | null): string {
  if (vpcId === table.vpcId) return target;
  throw ec2Errors.refused(
    `route table ${table.id} and network gateway ${target} belong to different networks`,
  );
}

/** Addresses of the VPC itself are reached inside it. */
export async function refuseLocal(
  tx: ReadTx,
  ctx: ApiContext,
  table: RouteTableRow,
  destination: string,
): Promise<void> {
  const vpc = await existing(tx, ctx, kinds.vpc, table.vpcId);
  const [whole, block] = [parseCidr(vpc.cidrBlock), parseCidr(destination)];
  if (destination === vpc.cidrBlock) throw ec2Errors.routeExists(destination);
  if (whole && block && containsCidr(whole, block)) {
    throw ec2Errors.unsupported(`A route to a part of the VPC's own block (${destination})`);
  }
}
