/** What every region's network starts with, and how EC2's lists are asked, through signed requests on real PostgreSQL. */
import {
  CreateSecurityGroupCommand,
  DescribeAccountAttributesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeInternetGatewaysCommand,
  DescribeRegionsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  type EC2Client,
} from "@aws-sdk/client-ec2";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const theDefaultVpc = async (ec2: EC2Client) => {
  const { Vpcs } = await ec2.send(
    new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }),
  );
  return Vpcs?.[0]?.VpcId ?? "";
};

describe("the network that a region starts with", () => {
  test("is one default VPC with three zones' subnets, a way out and a group whose members reach each other", async () => {
    const { ec2 } = api.clients();
    // Made once, however many ask first.
    await Promise.all([1, 2, 3, 4].map(() => ec2.send(new DescribeSubnetsCommand({}))));
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}));
    expect(Vpcs).toEqual([
      expect.objectContaining({
        VpcId: expect.stringMatching(/^vpc-0[0-9a-f]{16}$/),
        CidrBlock: "172.31.0.0/16",
        IsDefault: true,
        State: "available",
        InstanceTenancy: "default",
        OwnerId: ACCOUNT,
        DhcpOptionsId: expect.stringMatching(/^dopt-0/),
      }),
    ]);
    const VpcId = Vpcs?.[0]?.VpcId ?? "";
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    expect(Subnets.map((subnet) => [subnet.AvailabilityZone, subnet.CidrBlock]).sort()).toEqual([
      [`${REGION}a`, "172.31.0.0/20"],
      [`${REGION}b`, "172.31.16.0/20"],
      [`${REGION}c`, "172.31.32.0/20"],
    ]);
    for (const subnet of Subnets) {
      expect(subnet).toMatchObject({ VpcId, DefaultForAz: true, AvailableIpAddressCount: 4_091 });
    }
    const { InternetGateways = [] } = await ec2.send(new DescribeInternetGatewaysCommand({}));
    expect(InternetGateways[0]?.Attachments).toEqual([{ VpcId, State: "available" }]);
    const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({}));
    expect(RouteTables).toHaveLength(1);
    expect(RouteTables[0]?.Associations).toMatchObject([{ Main: true }]);
    expect(RouteTables[0]?.Routes).toMatchObject([
      { DestinationCidrBlock: "172.31.0.0/16", GatewayId: "local", State: "active" },
      {
        DestinationCidrBlock: "0.0.0.0/0",
        GatewayId: InternetGateways[0]?.InternetGatewayId,
        State: "active",
      },
    ]);
    const { SecurityGroups = [] } = await ec2.send(new DescribeSecurityGroupsCommand({}));
    const [{ GroupId } = {}] = SecurityGroups;
    expect(SecurityGroups).toMatchObject([
      {
        GroupName: "default",
        VpcId,
        IpPermissions: [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId, UserId: ACCOUNT }] }],
        IpPermissionsEgress: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
      },
    ]);
    const { SecurityGroupRules = [] } = await ec2.send(new DescribeSecurityGroupRulesCommand({}));
    expect(SecurityGroupRules.map(({ IsEgress, FromPort }) => [IsEgress, FromPort]).sort()).toEqual([
      [false, -1],
      [true, -1],
    ]);
  });

  test("is another in each region, and zones and regions are those that are served", async () => {
    const [here, there] = [api.clients(), api.clients(api.administrator(), "eu-test-1")];
    const [mine, other] = [await theDefaultVpc(here.ec2), await theDefaultVpc(there.ec2)];
    expect(mine).not.toBe(other);
    expect(await refusal(here.ec2.send(new DescribeVpcsCommand({ VpcIds: [other] })))).toMatchObject({
      code: "InvalidVpcID.NotFound",
      message: `The vpc ID '${other}' does not exist`,
      status: 400,
    });
    const { AvailabilityZones } = await there.ec2.send(new DescribeAvailabilityZonesCommand({}));
    expect(AvailabilityZones?.map(({ ZoneName, State }) => [ZoneName, State])).toEqual([
      ["eu-test-1a", "available"],
      ["eu-test-1b", "available"],
      ["eu-test-1c", "available"],
    ]);
    const { Regions } = await here.ec2.send(new DescribeRegionsCommand({}));
    expect(Regions?.map(({ RegionName }) => RegionName)).toEqual([REGION, "eu-test-1"]);
    const { AccountAttributes } = await here.ec2.send(
      new DescribeAccountAttributesCommand({ AttributeNames: ["default-vpc"] }),
    );
    expect(AccountAttributes).toEqual([
      { AttributeName: "default-vpc", AttributeValues: [{ AttributeValue: mine }] },
    ]);
  });
});

describe("a list", () => {
  test("is asked by ids, filters and pages, and says what is wrong with them", async () => {
    const { ec2 } = api.clients();
    const byZone = await ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "availability-zone", Values: ["*b", "*c"] }] }),
    );
    expect(byZone.Subnets).toHaveLength(2);
    expect(await refusal(ec2.send(new DescribeSubnetsCommand({ SubnetIds: ["x"] })))).toMatchObject({
      code: "InvalidSubnetID.Malformed",
    });
    expect(
      await refusal(ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: "no-such", Values: ["x"] }] }))),
    ).toMatchObject({ code: "InvalidParameterValue", message: "The filter 'no-such' is invalid" });
    expect(await refusal(ec2.send(new DescribeSubnetsCommand({ MaxResults: 4 })))).toMatchObject({
      code: "InvalidParameterValue",
    });
    expect(await refusal(ec2.send(new DescribeVpcsCommand({ DryRun: true })))).toMatchObject({
      code: "DryRunOperation",
      status: 412,
    });
  });

  test("goes on where its page ended, each item once, and takes no token of another list", async () => {
    const { ec2 } = api.clients();
    const made = [0, 1, 2, 3, 4, 5].map((n) =>
      ec2.send(new CreateSecurityGroupCommand({ GroupName: `g${n}`, Description: "for pages" })),
    );
    const ids = (await Promise.all(made)).map(({ GroupId }) => GroupId);
    const Filters = [{ Name: "group-name", Values: ["g?"] }];
    const page = (more: { NextToken?: string; MaxResults?: number }) =>
      ec2.send(new DescribeSecurityGroupsCommand({ Filters, ...more }));
    const first = await page({ MaxResults: 5 });
    expect(first.SecurityGroups).toHaveLength(5);
    const NextToken = first.NextToken ?? "";
    const second = await page({ MaxResults: 5, NextToken });
    expect(second.NextToken).toBeUndefined();
    const listed = [first, second].flatMap(({ SecurityGroups = [] }) => SecurityGroups);
    expect(listed.map(({ GroupId }) => GroupId).sort()).toEqual(ids.sort());
    expect(await refusal(ec2.send(new DescribeSubnetsCommand({ NextToken })))).toMatchObject({
      code: "InvalidParameterValue",
      message: "The token in the request is invalid.",
    });
  });

  test("is refused in EC2's words to who may not see it", async () => {
    const { iam } = api.clients();
    await iam.send(new CreateUserCommand({ UserName: "reader" }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "reader" }));
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "ec2:DescribeVpcs", Resource: "*" }],
    });
    await iam.send(new PutUserPolicyCommand({ UserName: "reader", PolicyName: "p", PolicyDocument }));
    const { ec2 } = api.clients({
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    });
    expect((await ec2.send(new DescribeVpcsCommand({}))).Vpcs).toHaveLength(1);
    expect(await refusal(ec2.send(new DescribeSubnetsCommand({})))).toMatchObject({
      code: "UnauthorizedOperation",
      status: 403,
    });
  });
});
