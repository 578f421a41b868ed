/** VPCs as EC2 shows them. */
import type { Vpc } from "@aws-sdk/client-ec2";
import { vpcs } from "@roadstead/db/network-tables";
import { dhcpOptionsOf } from "@roadstead/db/networks";
import { metByNone } from "./filters.ts";
import type { View } from "./list.ts";
import { shownTags } from "./tags.ts";

export const suffixOf = (id: string): string => id.slice(id.indexOf("-") + 1);

export const vpcView: View<Vpc> = {
  async load(tx, ctx) {
    const dhcpOptionsId = await dhcpOptionsOf(tx, ctx.scope.id);
    return (await vpcs.all(tx, ctx.scope.id)).map((vpc) => ({
      VpcId: vpc.id,
      OwnerId: ctx.scope.accountId,
      State: "available",
      CidrBlock: vpc.cidrBlock,
      CidrBlockAssociationSet: [
        {
          AssociationId: `vpc-cidr-assoc-${suffixOf(vpc.id)}`,
          CidrBlock: vpc.cidrBlock,
          CidrBlockState: { State: "associated" },
        },
      ],
      DhcpOptionsId: dhcpOptionsId,
      InstanceTenancy: "default",
      IsDefault: vpc.isDefault,
      Tags: shownTags(vpc.tags),
    }));
  },
  idOf: ({ VpcId }) => VpcId,
  filters: {
    "vpc-id": ({ VpcId }) => VpcId,
    "owner-id": ({ OwnerId }) => OwnerId,
    state: ({ State }) => State,
    cidr: ({ CidrBlock }) => CidrBlock,
    cidrBlock: ({ CidrBlock }) => CidrBlock,
    "cidr-block": ({ CidrBlock }) => CidrBlock,
    "cidr-block-association.cidr-block": ({ CidrBlock }) => CidrBlock,
    "cidr-block-association.association-id": ({ CidrBlockAssociationSet: [set] = [] }) => set?.AssociationId,
    "cidr-block-association.state": () => "associated",
    ...metByNone(
      "ipv6-cidr-block-association.ipv6-cidr-block",
      "ipv6-cidr-block-association.association-id",
      "ipv6-cidr-block-association.ipv6-pool",
      "ipv6-cidr-block-association.state",
    ),
    "dhcp-options-id": ({ DhcpOptionsId }) => DhcpOptionsId,
    isDefault: ({ IsDefault }) => IsDefault,
    "is-default": ({ IsDefault }) => IsDefault,
  },
};
