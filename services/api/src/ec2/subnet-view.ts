/** Subnets as EC2 shows them. */
import type { HostnameType, Subnet } from "@aws-sdk/client-ec2";
import { countInterfaces } from "@roadstead/db/network-interfaces";
import { natGateways, subnets } from "@roadstead/db/network-tables";
import { availabilityZones } from "@roadstead/model/availability-zone";
import { addressCount, parseCidr, RESERVED_COUNT } from "@roadstead/model/cidr";
import { ec2Arn } from "./allowed.ts";
import { metByNone } from "./filters.ts";
import type { View } from "./list.ts";
import { shownTags } from "./tags.ts";

export const subnetView: View<Subnet> = {
  async load(tx, ctx) {
    const zoneIds = new Map(availabilityZones(ctx.scope.region).map(({ name, id }) => [name, id]));
    const used = (await natGateways.all(tx, ctx.scope.id)).map(({ subnetId }) => subnetId);
    const ofTasks = await countInterfaces(tx, ctx.scope.id);
    return (await subnets.all(tx, ctx.scope.id)).map((subnet) => {
      const block = parseCidr(subnet.cidrBlock);
      const ofGateways = used.filter((id) => id === subnet.id).length;
      const taken = RESERVED_COUNT + ofGateways + (ofTasks.get(subnet.id) ?? 0);
      return {
        SubnetId: subnet.id,
        SubnetArn: ec2Arn(ctx, "subnet", subnet.id),
        VpcId: subnet.vpcId,
        OwnerId: ctx.scope.accountId,
        State: "available",
        CidrBlock: subnet.cidrBlock,
        AvailabilityZone: subnet.availabilityZone,
        AvailabilityZoneId: zoneIds.get(subnet.availabilityZone),
        AvailableIpAddressCount: block ? addressCount(block) - taken : 0,
        DefaultForAz: subnet.isDefault,
        MapPublicIpOnLaunch: subnet.mapPublicIp,
        MapCustomerOwnedIpOnLaunch: false,
        AssignIpv6AddressOnCreation: false,
        Ipv6Native: false,
        EnableDns64: false,
        Ipv6CidrBlockAssociationSet: [],
        PrivateDnsNameOptionsOnLaunch: {
          HostnameType: subnet.hostnameType as HostnameType,
          EnableResourceNameDnsARecord: subnet.hostnameRecord,
          EnableResourceNameDnsAAAARecord: false,
        },
        Tags: shownTags(subnet.tags),
      };
    });
  },
  idOf: ({ SubnetId }) => SubnetId,
  filters: {
    "subnet-id": ({ SubnetId }) => SubnetId,
    "subnet-arn": ({ SubnetArn }) => SubnetArn,
    "vpc-id": ({ VpcId }) => VpcId,
    "owner-id": ({ OwnerId }) => OwnerId,
    state: ({ State }) => State,
    cidr: ({ CidrBlock }) => CidrBlock,
    cidrBlock: ({ CidrBlock }) => CidrBlock,
    "cidr-block": ({ CidrBlock }) => CidrBlock,
    availabilityZone: ({ AvailabilityZone }) => AvailabilityZone,
    "availability-zone": ({ AvailabilityZone }) => AvailabilityZone,
    availabilityZoneId: ({ AvailabilityZoneId }) => AvailabilityZoneId,
    "availability-zone-id": ({ AvailabilityZoneId }) => AvailabilityZoneId,
    "available-ip-address-count": ({ AvailableIpAddressCount }) => AvailableIpAddressCount,
    defaultForAz: ({ DefaultForAz }) => DefaultForAz,
    "default-for-az": ({ DefaultForAz }) => DefaultForAz,
    "map-public-ip-on-launch": ({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch,
    "ipv6-native": () => false,
    "map-customer-owned-ip-on-launch": () => false,
    "enable-dns64": () => false,
    "private-dns-name-options-on-launch.hostname-type": ({ PrivateDnsNameOptionsOnLaunch: options }) =>
      options?.HostnameType,
    "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": ({
      PrivateDnsNameOptionsOnLaunch: options,
    }) => options?.EnableResourceNameDnsARecord,
    "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": () => false,
    ...metByNone(
      "customer-owned-ipv4-pool",
      "enable-lni-at-device-index",
      "ipv6-cidr-block-association.ipv6-cidr-block",
      "ipv6-cidr-block-association.association-id",
      "ipv6-cidr-block-association.state",
      "outpost-arn",
    ),
  },
};
