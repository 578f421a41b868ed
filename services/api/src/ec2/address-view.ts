/** Elastic IP addresses as EC2 shows them. */
import type { Address } from "@aws-sdk/client-ec2";
import { addresses, natGateways } from "@roadstead/db/network-tables";
import type { View } from "./list.ts";
import { shownTags } from "./tags.ts";

export const addressView: View<Address> = {
  async load(tx, ctx) {
    const gateways = new Map((await natGateways.all(tx, ctx.scope.id)).map((nat) => [nat.id, nat]));
    return (await addresses.all(tx, ctx.scope.id)).map((address) => {
      const nat = gateways.get(address.natGatewayId ?? "");
      return {
        AllocationId: address.id,
        PublicIp: address.publicIp,
        Domain: "vpc",
        PublicIpv4Pool: "amazon",
        NetworkBorderGroup: ctx.scope.region,
        ...(nat && address.associationId
          ? {
              AssociationId: address.associationId,
              NetworkInterfaceId: nat.networkInterfaceId,
              NetworkInterfaceOwnerId: ctx.scope.accountId,
              PrivateIpAddress: nat.privateIp,
            }
          : {}),
        Tags: shownTags(address.tags),
      };
    });
  },
  idOf: ({ AllocationId }) => AllocationId,
  filters: {
    "allocation-id": ({ AllocationId }) => AllocationId,
    "association-id": ({ AssociationId }) => AssociationId,
    domain: ({ Domain }) => Domain,
    "instance-id": () => [],
    "network-border-group": ({ NetworkBorderGroup }) => NetworkBorderGroup,
    "network-interface-id": ({ NetworkInterfaceId }) => NetworkInterfaceId,
    "network-interface-owner-id": ({ NetworkInterfaceOwnerId }) => NetworkInterfaceOwnerId,
    "private-ip-address": ({ PrivateIpAddress }) => PrivateIpAddress,
    "public-ip": ({ PublicIp }) => PublicIp,
  },
};
