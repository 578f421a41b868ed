/** Network interfaces as EC2 shows them: those of tasks and of NAT gateways. */
import type { NetworkInterface, NetworkInterfaceType, Tag } from "@aws-sdk/client-ec2";
import type { ReadTx } from "@roadstead/db/connect";
import { interfacesOfScope, type NetworkInterfaceRow } from "@roadstead/db/network-interfaces";
import {
  type AddressRow,
  addresses,
  type NatGatewayRow,
  natGateways,
  type SubnetRow,
  securityGroups,
  subnets,
} from "@roadstead/db/network-tables";
import { attachmentArn } from "@roadstead/model/arn";
import { availabilityZones } from "@roadstead/model/availability-zone";
import { privateDnsName } from "@roadstead/model/task-network";
import type { ApiContext } from "../context.ts";
import { metByNone } from "./filters.ts";
import type { View } from "./list.ts";

type ShownInterface = NetworkInterface & { readonly Tags: Tag[] };

interface Surroundings {
  readonly ctx: ApiContext;
  readonly subnets: ReadonlyMap<string, SubnetRow>;
  readonly groupNames: ReadonlyMap<string, string>;
}

export const networkInterfaceView: View<ShownInterface> = {
  async load(tx, ctx) {
    const around = {
      ctx,
      subnets: new Map((await subnets.all(tx, ctx.scope.id)).map((subnet) => [subnet.id, subnet])),
      groupNames: new Map((await securityGroups.all(tx, ctx.scope.id)).map(({ id, name }) => [id, name])),
    };
    const ofTasks = (await interfacesOfScope(tx, ctx.scope.id)).map((row) => ofTask(around, row));
    const all = [...ofTasks, ...(await ofGateways(tx, around))];
    return all.sort((a, b) => ((a.NetworkInterfaceId ?? "") < (b.NetworkInterfaceId ?? "") ? -1 : 1));
  },
  idOf: ({ NetworkInterfaceId }) => NetworkInterfaceId,
  filters: {
    "network-interface-id": ({ NetworkInterfaceId }) => NetworkInterfaceId,
    "subnet-id": ({ SubnetId }) => SubnetId,
    "vpc-id": ({ VpcId }) => VpcId,
    "availability-zone": ({ AvailabilityZone }) => AvailabilityZone,
    "availability-zone-id": ({ AvailabilityZoneId }) => AvailabilityZoneId,
    description: ({ Description }) => Description,
    "group-id": ({ Groups }) => Groups?.map(({ GroupId }) => GroupId),
    "group-name": ({ Groups }) => Groups?.map(({ GroupName }) => GroupName),
    "mac-address": ({ MacAddress }) => MacAddress,
    "owner-id": ({ OwnerId }) => OwnerId,
    "private-ip-address": ({ PrivateIpAddress }) => PrivateIpAddress,
    "addresses.private-ip-address": ({ PrivateIpAddress }) => PrivateIpAddress,
    "addresses.primary": () => true,
    "addresses.association.public-ip": ({ Association }) => Association?.PublicIp,
    "private-dns-name": ({ PrivateDnsName }) => PrivateDnsName,
    "requester-managed": ({ RequesterManaged }) => RequesterManaged,
    "source-dest-check": ({ SourceDestCheck }) => SourceDestCheck,
    status: ({ Status }) => Status,
    "interface-type": ({ InterfaceType }) => InterfaceType,
    "attachment.status": ({ Attachment }) => Attachment?.Status,
    "attachment.instance-owner-id": ({ Attachment }) => Attachment?.InstanceOwnerId,
    "association.public-ip": ({ Association }) => Association?.PublicIp,
    "association.allocation-id": ({ Association }) => Association?.AllocationId,
    "association.association-id": ({ Association }) => Association?.AssociationId,
    "association.ip-owner-id": ({ Association }) => Association?.IpOwnerId,
    "addresses.association.owner-id": ({ Association }) => Association?.IpOwnerId,
    "attachment.attachment-id": ({ Attachment }) => Attachment?.AttachmentId,
    "attachment.attach-time": ({ Attachment }) => Attachment?.AttachTime?.toISOString(),
    "attachment.delete-on-termination": ({ Attachment }) => Attachment?.DeleteOnTermination,
    "attachment.device-index": ({ Attachment }) => Attachment?.DeviceIndex,
    "operator.managed": () => false,
    ...metByNone(
      "association.public-dns-name",
      "attachment.instance-id",
      "ipv6-addresses.ipv6-address",
      "operator.principal",
      "requester-id",
    ),
  },
};

interface Address {
  readonly id: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly privateIp: string;
  readonly createdAt: Date;
}

const shown = (around: Surroundings, { id, vpcId, subnetId, privateIp, createdAt }: Address) => {
  const { scope } = around.ctx;
  const name = around.subnets.get(subnetId)?.availabilityZone;
  const zone = availabilityZones(scope.region).find((one) => one.name === name);
  return {
    NetworkInterfaceId: id,
    VpcId: vpcId,
    SubnetId: subnetId,
    AvailabilityZone: zone?.name,
    AvailabilityZoneId: zone?.id,
    OwnerId: scope.accountId,
    RequesterManaged: true,
    Status: "in-use" as const,
    PrivateIpAddress: privateIp,
    PrivateDnsName: privateDnsName(scope.region, privateIp),
    PrivateIpAddresses: [
      { Primary: true, PrivateIpAddress: privateIp, PrivateDnsName: privateDnsName(scope.region, privateIp) },
    ],
    Ipv6Addresses: [],
    Attachment: {
      AttachmentId: id.replace("eni-", "eni-attach-"),
      AttachTime: createdAt,
      DeleteOnTermination: false,
      DeviceIndex: 1,
      InstanceOwnerId: scope.accountId,
      Status: "attached" as const,
    },
    TagSet: [],
    Tags: [],
  };
};

/** Its description is the ARN of the task's attachment, by which ECS's are found. */
const ofTask = (around: Surroundings, row: NetworkInterfaceRow): ShownInterface => ({
  ...shown(around, row),
  Description: row.attachmentId ? attachmentArn(around.ctx.scope, row.attachmentId) : "",
  InterfaceType: "interface",
  MacAddress: row.mac,
  SourceDestCheck: true,
  Groups: row.groupIds.map((GroupId) => ({ GroupId, GroupName: around.groupNames.get(GroupId) ?? "" })),
});

async function ofGateways(tx: ReadTx, around: Surroundings): Promise<readonly ShownInterface[]> {
  const { scope } = around.ctx;
  const elastic = new Map((await addresses.all(tx, scope.id)).map((row) => [row.natGatewayId, row]));
  const all = await natGateways.all(tx, scope.id);
  return all.map((nat) => ofGateway(around, nat, elastic.get(nat.id)));
}

const ofGateway = (
  around: Surroundings,
  nat: NatGatewayRow,
  address: AddressRow | undefined,
): ShownInterface => ({
  ...shown(around, { ...nat, id: nat.networkInterfaceId }),
  Description: `Interface for NAT Gateway ${nat.id}`,
  // As EC2 answers it, whatever its model says.
  InterfaceType: "nat_gateway" as NetworkInterfaceType,
  SourceDestCheck: false,
  Groups: [],
  ...(address?.associationId
    ? {
        Association: {
          AllocationId: address.id,
          AssociationId: address.associationId,
          PublicIp: address.publicIp,
          IpOwnerId: around.ctx.scope.accountId,
        },
      }
    : {}),
});
