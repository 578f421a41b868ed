/** Filters that EC2 documents for its lists: clients may ask by every one of them. */
import { expect, test } from "vitest";
import { addressView } from "./address-view.ts";
import { internetGatewayView } from "./internet-gateway-view.ts";
import { natGatewayView } from "./nat-gateway-view.ts";
import { networkAclView } from "./network-acl-view.ts";
import { networkInterfaceView } from "./network-interface-view.ts";
import { routeTableView } from "./route-table-view.ts";
import { securityGroupRuleView, securityGroupView } from "./security-group-view.ts";
import { subnetView } from "./subnet-view.ts";
import { vpcView } from "./vpc-view.ts";

const documented = [
  {
    operation: "DescribeVpcs",
    view: vpcView,
    names:
      "cidr cidr-block-association.association-id cidr-block-association.cidr-block cidr-block-association.state dhcp-options-id ipv6-cidr-block-association.association-id ipv6-cidr-block-association.ipv6-cidr-block ipv6-cidr-block-association.ipv6-pool ipv6-cidr-block-association.state is-default owner-id state vpc-id",
  },
  {
    operation: "DescribeSubnets",
    view: subnetView,
    names:
      "availability-zone availability-zone-id available-ip-address-count cidr-block customer-owned-ipv4-pool default-for-az enable-dns64 enable-lni-at-device-index ipv6-cidr-block-association.association-id ipv6-cidr-block-association.ipv6-cidr-block ipv6-cidr-block-association.state ipv6-native map-customer-owned-ip-on-launch map-public-ip-on-launch outpost-arn owner-id private-dns-name-options-on-launch.enable-resource-name-dns-a-record private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record private-dns-name-options-on-launch.hostname-type state subnet-arn subnet-id vpc-id",
  },
  {
    operation: "DescribeSecurityGroups",
    view: securityGroupView,
    names:
      "description egress.ip-permission.cidr egress.ip-permission.from-port egress.ip-permission.group-id egress.ip-permission.group-name egress.ip-permission.ipv6-cidr egress.ip-permission.prefix-list-id egress.ip-permission.protocol egress.ip-permission.to-port egress.ip-permission.user-id group-id group-name ip-permission.cidr ip-permission.from-port ip-permission.group-id ip-permission.group-name ip-permission.ipv6-cidr ip-permission.prefix-list-id ip-permission.protocol ip-permission.to-port ip-permission.user-id owner-id vpc-id",
  },
  {
    operation: "DescribeSecurityGroupRules",
    view: securityGroupRuleView,
    names: "group-id security-group-rule-id",
  },
  {
    operation: "DescribeRouteTables",
    view: routeTableView,
    names:
      "association.gateway-id association.main association.route-table-association-id association.route-table-id association.subnet-id owner-id route-table-id route.destination-cidr-block route.destination-ipv6-cidr-block route.destination-prefix-list-id route.egress-only-internet-gateway-id route.gateway-id route.instance-id route.nat-gateway-id route.origin route.state route.transit-gateway-id route.vpc-peering-connection-id vpc-id",
  },
  {
    operation: "DescribeInternetGateways",
    view: internetGatewayView,
    names: "attachment.state attachment.vpc-id internet-gateway-id owner-id",
  },
  { operation: "DescribeNatGateways", view: natGatewayView, names: "nat-gateway-id state subnet-id vpc-id" },
  {
    operation: "DescribeNetworkInterfaces",
    view: networkInterfaceView,
    names:
      "addresses.association.owner-id addresses.association.public-ip addresses.primary addresses.private-ip-address association.allocation-id association.association-id association.ip-owner-id association.public-dns-name association.public-ip attachment.attach-time attachment.attachment-id attachment.delete-on-termination attachment.device-index attachment.instance-id attachment.instance-owner-id attachment.status availability-zone availability-zone-id description group-id interface-type ipv6-addresses.ipv6-address mac-address network-interface-id operator.managed operator.principal owner-id private-dns-name private-ip-address requester-id requester-managed source-dest-check status subnet-id vpc-id",
  },
  {
    operation: "DescribeNetworkAcls",
    view: networkAclView,
    names:
      "association.association-id association.network-acl-id association.subnet-id default entry.cidr entry.egress entry.icmp.code entry.icmp.type entry.ipv6-cidr entry.port-range.from entry.port-range.to entry.protocol entry.rule-action entry.rule-number network-acl-id owner-id vpc-id",
  },
  {
    operation: "DescribeAddresses",
    view: addressView,
    names:
      "allocation-id association-id instance-id network-border-group network-interface-id network-interface-owner-id private-ip-address public-ip",
  },
] as const;

test.each(documented)("$operation takes each filter of EC2's documentation", ({ view, names }) => {
  const known = new Set([...Object.keys(view.filters), "tag-key"]);
  expect(names.split(" ").filter((name) => !known.has(name))).toEqual([]);
});
