/** Route tables, gateways and addresses: made, changed, refused and removed through signed requests. */
import {
  AllocateAddressCommand,
  AssociateRouteTableCommand,
  AttachInternetGatewayCommand,
  CreateDefaultVpcCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreateRouteCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteInternetGatewayCommand,
  DeleteNatGatewayCommand,
  DeleteRouteCommand,
  DeleteRouteTableCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeAddressesAttributeCommand,
  DescribeAddressesCommand,
  DescribeDhcpOptionsCommand,
  DescribeInternetGatewaysCommand,
  DescribeManagedPrefixListsCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkAclsCommand,
  DescribeNetworkInterfacesCommand,
  DescribePrefixListsCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  DisassociateRouteTableCommand,
  ReleaseAddressCommand,
  ReplaceRouteCommand,
  ReplaceRouteTableAssociationCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "vitest";
import { refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const code = async (answer: Promise<unknown>) => (await refusal(answer)).code;

/** A VPC with a subnet and an attached internet gateway. */
async function aNetwork() {
  const { ec2 } = api.clients();
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.20.0.0/16" }));
  const VpcId = Vpc?.VpcId ?? "";
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: "10.20.0.0/28" }));
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = InternetGateway?.InternetGatewayId ?? "";
  await ec2.send(new AttachInternetGatewayCommand({ VpcId, InternetGatewayId }));
  return { ec2, VpcId, SubnetId: Subnet?.SubnetId ?? "", InternetGatewayId };
}

async function aTable(VpcId: string) {
  const { RouteTable } = await api.clients().ec2.send(new CreateRouteTableCommand({ VpcId }));
  return RouteTable?.RouteTableId ?? "";
}

const routesOf = async (RouteTableId: string) => {
  const { ec2 } = api.clients();
  const { RouteTables } = await ec2.send(new DescribeRouteTablesCommand({ RouteTableIds: [RouteTableId] }));
  return RouteTables?.[0]?.Routes?.slice(1).map((route) => [
    route.DestinationCidrBlock,
    route.GatewayId ?? route.NatGatewayId,
    route.State,
  ]);
};

const DestinationCidrBlock = "0.0.0.0/0";

describe("a route table", () => {
  test("has routes to gateways of its own network, which go black when the gateway goes", async () => {
    const { ec2, VpcId, InternetGatewayId } = await aNetwork();
    const RouteTableId = await aTable(VpcId);
    const route = { RouteTableId, DestinationCidrBlock, GatewayId: InternetGatewayId };
    await ec2.send(new CreateRouteCommand(route));
    expect(await routesOf(RouteTableId)).toEqual([["0.0.0.0/0", InternetGatewayId, "active"]]);
    const inside = { ...route, DestinationCidrBlock: "10.20.0.0/16" };
    expect(await code(ec2.send(new CreateRouteCommand(inside)))).toBe("RouteAlreadyExists");
    const { InternetGateways } = await ec2.send(new DescribeInternetGatewaysCommand({}));
    const foreign = InternetGateways?.find((one) => one.InternetGatewayId !== InternetGatewayId);
    expect(
      await code(ec2.send(new ReplaceRouteCommand({ ...route, GatewayId: foreign?.InternetGatewayId }))),
    ).toBe("InvalidParameterValue");
    await ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId }));
    expect(await routesOf(RouteTableId)).toEqual([["0.0.0.0/0", InternetGatewayId, "blackhole"]]);
    await ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock }));
    expect(await code(ec2.send(new DeleteRouteCommand({ RouteTableId, DestinationCidrBlock })))).toBe(
      "InvalidRoute.NotFound",
    );
    await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
    await ec2.send(new DeleteRouteTableCommand({ RouteTableId }));
  });

  test("is followed by one subnet at a time, and by the rest of the VPC when it is the main one", async () => {
    const { ec2, VpcId, SubnetId } = await aNetwork();
    const [one, two] = [await aTable(VpcId), await aTable(VpcId)];
    const { AssociationId } = await ec2.send(new AssociateRouteTableCommand({ RouteTableId: one, SubnetId }));
    expect(await code(ec2.send(new AssociateRouteTableCommand({ RouteTableId: two, SubnetId })))).toBe(
      "Resource.AlreadyAssociated",
    );
    expect(await code(ec2.send(new DeleteRouteTableCommand({ RouteTableId: one })))).toBe(
      "DependencyViolation",
    );
    const { NewAssociationId } = await ec2.send(
      new ReplaceRouteTableAssociationCommand({ AssociationId, RouteTableId: two }),
    );
    await ec2.send(new DisassociateRouteTableCommand({ AssociationId: NewAssociationId }));
    expect(await code(ec2.send(new DisassociateRouteTableCommand({ AssociationId })))).toBe(
      "InvalidAssociationID.NotFound",
    );
    const main = async () =>
      (
        await ec2.send(
          new DescribeRouteTablesCommand({
            Filters: [
              { Name: "vpc-id", Values: [VpcId] },
              { Name: "association.main", Values: ["true"] },
            ],
          }),
        )
      ).RouteTables?.[0];
    const before = await main();
    const mainAssociation = before?.Associations?.[0]?.RouteTableAssociationId;
    expect(await code(ec2.send(new DisassociateRouteTableCommand({ AssociationId: mainAssociation })))).toBe(
      "InvalidParameterValue",
    );
    await ec2.send(
      new ReplaceRouteTableAssociationCommand({ AssociationId: mainAssociation, RouteTableId: two }),
    );
    expect((await main())?.RouteTableId).toBe(two);
  });
});

describe("a NAT gateway", () => {
  test("holds an address and one of its subnet's until it is deleted", async () => {
    const { ec2, VpcId, SubnetId, InternetGatewayId } = await aNetwork();
    const { AllocationId, PublicIp = "" } = await ec2.send(new AllocateAddressCommand({ Domain: "vpc" }));
    const { NatGateway } = await ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId }));
    const NatGatewayId = NatGateway?.NatGatewayId ?? "";
    expect(NatGateway).toMatchObject({
      VpcId,
      SubnetId,
      State: "available",
      ConnectivityType: "public",
      NatGatewayAddresses: [{ AllocationId, PublicIp, PrivateIp: "10.20.0.4", IsPrimary: true }],
    });
    expect(NatGateway?.CreateTime).toBeInstanceOf(Date);
    const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [SubnetId] }));
    expect(Subnets?.[0]?.AvailableIpAddressCount).toBe(10);
    const RouteTableId = await aTable(VpcId);
    await ec2.send(new CreateRouteCommand({ RouteTableId, DestinationCidrBlock, NatGatewayId }));
    expect(await routesOf(RouteTableId)).toEqual([["0.0.0.0/0", NatGatewayId, "active"]]);
    expect(await code(ec2.send(new ReleaseAddressCommand({ AllocationId })))).toBe("InvalidIPAddress.InUse");
    expect(await code(ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId })))).toBe(
      "Resource.AlreadyAssociated",
    );
    expect(await code(ec2.send(new DeleteSubnetCommand({ SubnetId })))).toBe("DependencyViolation");
    expect(await code(ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId })))).toBe(
      "DependencyViolation",
    );
    await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }));
    expect(await routesOf(RouteTableId)).toEqual([["0.0.0.0/0", NatGatewayId, "blackhole"]]);
    expect(await code(ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [NatGatewayId] })))).toBe(
      "NatGatewayNotFound",
    );
    const { Addresses } = await ec2.send(new DescribeAddressesCommand({ PublicIps: [PublicIp] }));
    expect(Addresses?.[0]).not.toHaveProperty("AssociationId");
    const attributes = await ec2.send(
      new DescribeAddressesAttributeCommand({
        AllocationIds: [AllocationId ?? ""],
        Attribute: "domain-name",
      }),
    );
    expect(attributes.Addresses).toEqual([{ AllocationId, PublicIp }]);
    await ec2.send(new ReleaseAddressCommand({ AllocationId }));
    expect(await code(ec2.send(new ReleaseAddressCommand({ AllocationId })))).toBe(
      "InvalidAllocationID.NotFound",
    );
  });

  test("needs a way out unless it is private", async () => {
    const { ec2, VpcId, SubnetId, InternetGatewayId } = await aNetwork();
    await ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId }));
    const { AllocationId } = await ec2.send(new AllocateAddressCommand({}));
    expect(await code(ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId })))).toBe(
      "Gateway.NotAttached",
    );
    const { NatGateway } = await ec2.send(
      new CreateNatGatewayCommand({ SubnetId, ConnectivityType: "private", PrivateIpAddress: "10.20.0.9" }),
    );
    expect(NatGateway?.NatGatewayAddresses).toMatchObject([{ PrivateIp: "10.20.0.9" }]);
  });

  test("is made once by a request that comes again, and so is a route table", async () => {
    const { ec2, VpcId, SubnetId } = await aNetwork();
    const request = { SubnetId, ConnectivityType: "private", ClientToken: "nat-1" } as const;
    const made = await ec2.send(new CreateNatGatewayCommand(request));
    const again = await ec2.send(new CreateNatGatewayCommand(request));
    expect(again).toMatchObject({ NatGateway: made.NatGateway, ClientToken: "nat-1" });
    expect(
      await code(ec2.send(new CreateNatGatewayCommand({ ...request, PrivateIpAddress: "10.20.0.9" }))),
    ).toBe("IdempotentParameterMismatch");
    const table = { VpcId, ClientToken: "rtb-1" };
    const one = await ec2.send(new CreateRouteTableCommand(table));
    const two = await ec2.send(new CreateRouteTableCommand(table));
    expect(two.RouteTable).toEqual(one.RouteTable);
    const other = (await aNetwork()).VpcId;
    expect(await code(ec2.send(new CreateRouteTableCommand({ ...table, VpcId: other })))).toBe(
      "IdempotentParameterMismatch",
    );
  });
});

test("a default VPC that was deleted stays away until it is asked for", async () => {
  const { ec2 } = api.clients();
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
  const VpcId = Vpcs?.[0]?.VpcId ?? "";
  const { InternetGateways } = await ec2.send(new DescribeInternetGatewaysCommand({}));
  const InternetGatewayId = InternetGateways?.[0]?.InternetGatewayId ?? "";
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  for (const { SubnetId } of Subnets) await ec2.send(new DeleteSubnetCommand({ SubnetId }));
  await ec2.send(new DetachInternetGatewayCommand({ VpcId, InternetGatewayId }));
  await ec2.send(new DeleteInternetGatewayCommand({ InternetGatewayId }));
  await ec2.send(new DeleteVpcCommand({ VpcId }));
  expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toEqual([]);
  const { Vpc } = await ec2.send(new CreateDefaultVpcCommand({}));
  expect(Vpc).toMatchObject({ IsDefault: true, CidrBlock: "172.31.0.0/16" });
  expect((await ec2.send(new DescribeSubnetsCommand({}))).Subnets).toHaveLength(3);
});

test("what there is none of is listed as nothing, and what every network has as it is", async () => {
  const { ec2 } = api.clients();
  const { DhcpOptions } = await ec2.send(new DescribeDhcpOptionsCommand({}));
  const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
  expect(DhcpOptions?.map(({ DhcpOptionsId }) => DhcpOptionsId)).toEqual([Vpcs?.[0]?.DhcpOptionsId]);
  const { NetworkAcls } = await ec2.send(new DescribeNetworkAclsCommand({}));
  expect(NetworkAcls).toMatchObject([{ IsDefault: true, VpcId: Vpcs?.[0]?.VpcId }]);
  expect(NetworkAcls?.[0]?.Associations).toHaveLength(3);
  expect((await ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces).toEqual([]);
  expect((await ec2.send(new DescribeVpcEndpointsCommand({}))).VpcEndpoints).toEqual([]);
  expect((await ec2.send(new DescribePrefixListsCommand({}))).PrefixLists).toEqual([]);
  expect((await ec2.send(new DescribeManagedPrefixListsCommand({}))).PrefixLists).toEqual([]);
  const eni = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: ["eni-0123456789abcdef0"] });
  expect(await code(ec2.send(eni))).toBe("InvalidNetworkInterfaceID.NotFound");
});
