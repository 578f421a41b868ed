/** The one network ACL of each VPC, which lets everything through: others cannot be made. */
import type { NetworkAcl, NetworkAclEntry } from "@aws-sdk/client-ec2";
import { subnets, vpcs } from "@roadstead/db/network-tables";
import { EVERYWHERE } from "@roadstead/db/networks";
import { metByNone } from "./filters.ts";
import type { View } from "./list.ts";
import { suffixOf } from "./vpc-view.ts";

const ALLOW_RULE = 100;
const LAST_RULE = 32_767;

const ENTRIES: NetworkAclEntry[] = [true, false].flatMap((Egress) => [
  { CidrBlock: EVERYWHERE, Egress, Protocol: "-1", RuleAction: "allow" as const, RuleNumber: ALLOW_RULE },
  { CidrBlock: EVERYWHERE, Egress, Protocol: "-1", RuleAction: "deny" as const, RuleNumber: LAST_RULE },
]);

export const networkAclView: View<NetworkAcl> = {
  async load(tx, ctx) {
    const inVpc = Map.groupBy(await subnets.all(tx, ctx.scope.id), ({ vpcId }) => vpcId);
    return (await vpcs.all(tx, ctx.scope.id)).map(({ id }) => ({
      NetworkAclId: `acl-${suffixOf(id)}`,
      VpcId: id,
      OwnerId: ctx.scope.accountId,
      IsDefault: true,
      Entries: ENTRIES,
      Associations: (inVpc.get(id) ?? []).map((subnet) => ({
        NetworkAclAssociationId: `aclassoc-${suffixOf(subnet.id)}`,
        NetworkAclId: `acl-${suffixOf(id)}`,
        SubnetId: subnet.id,
      })),
      Tags: [],
    }));
  },
  idOf: ({ NetworkAclId }) => NetworkAclId,
  filters: {
    "network-acl-id": ({ NetworkAclId }) => NetworkAclId,
    "vpc-id": ({ VpcId }) => VpcId,
    "owner-id": ({ OwnerId }) => OwnerId,
    default: ({ IsDefault }) => IsDefault,
    "association.association-id": ({ Associations = [] }) =>
      Associations.map(({ NetworkAclAssociationId }) => NetworkAclAssociationId),
    "association.network-acl-id": ({ NetworkAclId }) => NetworkAclId,
    "association.subnet-id": ({ Associations = [] }) => Associations.map(({ SubnetId }) => SubnetId),
    "entry.cidr": ({ Entries = [] }) => Entries.map(({ CidrBlock }) => CidrBlock),
    "entry.egress": ({ Entries = [] }) => Entries.map(({ Egress }) => Egress),
    "entry.protocol": ({ Entries = [] }) => Entries.map(({ Protocol }) => Protocol),
    "entry.rule-action": ({ Entries = [] }) => Entries.map(({ RuleAction }) => RuleAction),
    "entry.rule-number": ({ Entries = [] }) => Entries.map(({ RuleNumber }) => RuleNumber),
    ...metByNone(
      "entry.icmp.code",
      "entry.icmp.type",
      "entry.ipv6-cidr",
      "entry.port-range.from",
      "entry.port-range.to",
    ),
  },
};
