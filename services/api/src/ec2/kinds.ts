/** The kinds of resources that have rows: how each is named in ids, ARNs and errors. */
import type { ReadTx } from "@roadstead/db/connect";
import {
  addresses,
  internetGateways,
  type NetworkTable,
  natGateways,
  routeTableAssociations,
  routeTables,
  securityGroupRules,
  securityGroups,
  subnets,
  vpcs,
} from "@roadstead/db/network-tables";
import type { Tag } from "@roadstead/model/container-instance";
import type { ApiContext } from "../context.ts";
import { ec2Errors } from "./errors.ts";

interface Stored {
  readonly id: string;
  readonly scopeId: number;
}

export interface Kind<Row extends Stored> {
  /** Of ids: `vpc` in `vpc-0…`. */
  readonly prefix: string;
  /** In ARNs and tag specifications. */
  readonly type: string;
  readonly table: NetworkTable<Row>;
  readonly missingCode: string;
  readonly missing: (id: string) => string;
  readonly malformedCode: string;
}

const kindOf = <Row extends Stored>(kind: Kind<Row>): Kind<Row> => kind;

export const kinds = {
  vpc: kindOf({
    prefix: "vpc",
    type: "vpc",
    table: vpcs,
    missingCode: "InvalidVpcID.NotFound",
    missing: (id) => `The vpc ID '${id}' does not exist`,
    malformedCode: "InvalidVpcID.Malformed",
  }),
  subnet: kindOf({
    prefix: "subnet",
    type: "subnet",
    table: subnets,
    missingCode: "InvalidSubnetID.NotFound",
    missing: (id) => `The subnet ID '${id}' does not exist`,
    malformedCode: "InvalidSubnetID.Malformed",
  }),
  securityGroup: kindOf({
    prefix: "sg",
    type: "security-group",
    table: securityGroups,
    missingCode: "InvalidGroup.NotFound",
    missing: (id) => `The security group '${id}' does not exist`,
    malformedCode: "InvalidGroupId.Malformed",
  }),
  securityGroupRule: kindOf({
    prefix: "sgr",
    type: "security-group-rule",
    table: securityGroupRules,
    missingCode: "InvalidSecurityGroupRuleId.NotFound",
    missing: (id) => `The security group rule ID '${id}' does not exist`,
    malformedCode: "InvalidSecurityGroupRuleId.Malformed",
  }),
  routeTable: kindOf({
    prefix: "rtb",
    type: "route-table",
    table: routeTables,
    missingCode: "InvalidRouteTableID.NotFound",
    missing: (id) => `The routeTable ID '${id}' does not exist`,
    malformedCode: "InvalidRouteTableId.Malformed",
  }),
  association: kindOf({
    prefix: "rtbassoc",
    type: "route-table-association",
    table: routeTableAssociations,
    missingCode: "InvalidAssociationID.NotFound",
    missing: (id) => `The association ID '${id}' does not exist`,
    malformedCode: "InvalidAssociationID.Malformed",
  }),
  internetGateway: kindOf({
    prefix: "igw",
    type: "internet-gateway",
    table: internetGateways,
    missingCode: "InvalidInternetGatewayID.NotFound",
    missing: (id) => `The internetGateway ID '${id}' does not exist`,
    malformedCode: "InvalidInternetGatewayId.Malformed",
  }),
  natGateway: kindOf({
    prefix: "nat",
    type: "natgateway",
    table: natGateways,
    missingCode: "NatGatewayNotFound",
    missing: (id) => `NatGateway ${id} was not found`,
    malformedCode: "NatGatewayMalformed",
  }),
  address: kindOf({
    prefix: "eipalloc",
    type: "elastic-ip",
    table: addresses,
    missingCode: "InvalidAllocationID.NotFound",
    missing: (id) => `The allocation ID '${id}' does not exist`,
    malformedCode: "InvalidAllocationID.Malformed",
  }),
} as const;

interface Tagged extends Stored {
  readonly tags: readonly Tag[];
}

/** Associations alone have no tags. */
const { association: _, ...taggable } = kinds;
export const taggedKinds: readonly Kind<Tagged>[] = Object.values(taggable) as never;

export const taggedKind = (id: string): Kind<Tagged> | undefined =>
  taggedKinds.find(({ prefix }) => id.startsWith(`${prefix}-`));

/** The row of that id, or the error that says there is none. */
export async function existing<Row extends Stored>(
  tx: Pick<ReadTx, "query">,
  ctx: ApiContext,
  kind: Kind<Row>,
  id: string | undefined,
): Promise<Row> {
  const wanted = wellFormed(kind, id);
  const row = await kind.table.find(tx, ctx.scope.id, wanted);
  if (!row) throw ec2Errors.notFound(kind.missingCode, kind.missing(wanted));
  return row;
}

export function wellFormed(
  kind: Pick<Kind<never>, "prefix" | "malformedCode">,
  id: string | undefined,
): string {
  if (!id?.startsWith(`${kind.prefix}-`) || !/^[a-z]+-[0-9a-f]{1,17}$/.test(id)) {
    throw ec2Errors.malformed(kind.malformedCode, id ?? "", kind.prefix);
  }
  return id;
}
