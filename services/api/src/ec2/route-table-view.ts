/** Route tables as EC2 shows them: the VPC's own route, those that were made, and who follows them. */
import type { Route, RouteTable } from "@aws-sdk/client-ec2";
import type { ReadTx } from "@roadstead/db/connect";
import {
  internetGateways,
  natGateways,
  type RouteTableAssociationRow,
  routeTableAssociations,
  routeTables,
  vpcs,
} from "@roadstead/db/network-tables";
import type { ApiContext } from "../context.ts";
import { metByNone } from "./filters.ts";
import type { View } from "./list.ts";
import { shownTags } from "./tags.ts";

/** What routes can lead to at this moment. */
async function liveTargets(tx: ReadTx, ctx: ApiContext): Promise<ReadonlySet<string>> {
  const gateways = await internetGateways.all(tx, ctx.scope.id);
  const attached = gateways.flatMap(({ id, vpcId }) => (vpcId === null ? [] : `${id} ${vpcId}`));
  const nats = await natGateways.all(tx, ctx.scope.id);
  return new Set([...attached, ...nats.map(({ id, vpcId }) => `${id} ${vpcId}`)]);
}

export const routeTableView: View<RouteTable> = {
  async load(tx, ctx) {
    const blocks = new Map((await vpcs.all(tx, ctx.scope.id)).map(({ id, cidrBlock }) => [id, cidrBlock]));
    const associations = Map.groupBy(
      await routeTableAssociations.all(tx, ctx.scope.id),
      ({ routeTableId }) => routeTableId,
    );
    const live = await liveTargets(tx, ctx);
    return (await routeTables.all(tx, ctx.scope.id)).map((table) => ({
      RouteTableId: table.id,
      VpcId: table.vpcId,
      OwnerId: ctx.scope.accountId,
      PropagatingVgws: [],
      Associations: (associations.get(table.id) ?? []).map(shownAssociation),
      Routes: [
        {
          DestinationCidrBlock: blocks.get(table.vpcId),
          GatewayId: "local",
          Origin: "CreateRouteTable",
          State: "active",
        },
        ...table.routes.map(
          ({ destination, target }): Route => ({
            DestinationCidrBlock: destination,
            ...(target.startsWith("nat-") ? { NatGatewayId: target } : { GatewayId: target }),
            Origin: "CreateRoute",
            State: live.has(`${target} ${table.vpcId}`) ? "active" : "blackhole",
          }),
        ),
      ],
      Tags: shownTags(table.tags),
    }));
  },
  idOf: ({ RouteTableId }) => RouteTableId,
  filters: {
    "route-table-id": ({ RouteTableId }) => RouteTableId,
    "vpc-id": ({ VpcId }) => VpcId,
    "owner-id": ({ OwnerId }) => OwnerId,
    "association.main": ({ Associations = [] }) => Associations.map(({ Main }) => Main),
    "association.subnet-id": ({ Associations = [] }) => Associations.map(({ SubnetId }) => SubnetId),
    "association.gateway-id": () => [],
    "association.route-table-id": ({ Associations = [] }) =>
      Associations.map(({ RouteTableId }) => RouteTableId),
    "association.route-table-association-id": ({ Associations = [] }) =>
      Associations.map(({ RouteTableAssociationId }) => RouteTableAssociationId),
    "route.destination-cidr-block": ({ Routes = [] }) => Routes.map((route) => route.DestinationCidrBlock),
    "route.gateway-id": ({ Routes = [] }) => Routes.map(({ GatewayId }) => GatewayId),
    "route.nat-gateway-id": ({ Routes = [] }) => Routes.map(({ NatGatewayId }) => NatGatewayId),
    "route.origin": ({ Routes = [] }) => Routes.map(({ Origin }) => Origin),
    "route.state": ({ Routes = [] }) => Routes.map(({ State }) => State),
    ...metByNone(
      "route.destination-ipv6-cidr-block",
      "route.destination-prefix-list-id",
      "route.egress-only-internet-gateway-id",
      "route.instance-id",
      "route.transit-gateway-id",
      "route.vpc-peering-connection-id",
    ),
  },
};

const shownAssociation = ({ id, routeTableId, subnetId }: RouteTableAssociationRow) => ({
  RouteTableAssociationId: id,
  RouteTableId: routeTableId,
  Main: subnetId === null,
  ...(subnetId === null ? {} : { SubnetId: subnetId }),
  AssociationState: { State: "associated" as const },
});
