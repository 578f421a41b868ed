/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  AllocateAddress: "the address is a record, of a block that is routed nowhere",
  AssociateRouteTable: "to subnets only",
  AuthorizeSecurityGroupEgress: "there are no prefix lists; rules of IPv6 are recorded",
  AuthorizeSecurityGroupIngress: "there are no prefix lists; rules of IPv6 are recorded",
  CreateNatGateway: "it is a record: tasks reach out through their machine",
  CreateRoute: "it is a record, to internet and NAT gateways only",
  CreateSubnet: "there is no IPv6",
  CreateVpc: "there is no IPv6, no dedicated tenancy and no IPAM",
  DescribeAccountAttributes: "there are no limits of instances",
  DescribeDhcpOptions: "there is one set in each region",
  DescribeManagedPrefixLists: "there are none",
  DescribeNetworkAcls: "each VPC has one, which lets everything through",
  DescribeNetworkInterfaces: "those of tasks and NAT gateways",
  DescribePrefixLists: "there are none",
  DescribeVpcEndpoints: "there are none",
  DisassociateAddress: "only NAT gateways have addresses, and they keep theirs",
} as const;
