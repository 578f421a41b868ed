/** NAT gateways as EC2 shows them. */
import type { ConnectivityType, NatGateway } from "@aws-sdk/client-ec2";
import { addresses, natGateways } from "@roadstead/db/network-tables";
import type { View } from "./list.ts";
import { shownTags } from "./tags.ts";

export const natGatewayView: View<NatGateway> = {
  async load(tx, ctx) {
    const byGateway = new Map(
      (await addresses.all(tx, ctx.scope.id)).map((address) => [address.natGatewayId, address]),
    );
    return (await natGateways.all(tx, ctx.scope.id)).map((nat) => {
      const address = byGateway.get(nat.id);
      return {
        NatGatewayId: nat.id,
        VpcId: nat.vpcId,
        SubnetId: nat.subnetId,
        State: "available",
        ConnectivityType: nat.connectivityType as ConnectivityType,
        CreateTime: nat.createdAt,
        NatGatewayAddresses: [
          {
            NetworkInterfaceId: nat.networkInterfaceId,
            PrivateIp: nat.privateIp,
            IsPrimary: true,
            Status: "succeeded",
            ...(address?.associationId
              ? {
                  AllocationId: address.id,
                  PublicIp: address.publicIp,
                  AssociationId: address.associationId,
                }
              : {}),
          },
        ],
        Tags: shownTags(nat.tags),
      };
    });
  },
  idOf: ({ NatGatewayId }) => NatGatewayId,
  filters: {
    "nat-gateway-id": ({ NatGatewayId }) => NatGatewayId,
    state: ({ State }) => State,
    "subnet-id": ({ SubnetId }) => SubnetId,
    "vpc-id": ({ VpcId }) => VpcId,
  },
};
