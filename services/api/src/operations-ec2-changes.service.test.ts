/** VPCs, subnets, security groups and tags: made, changed, refused and removed through signed requests. */
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateDefaultVpcCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteTagsCommand,
  DeleteVpcCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcsCommand,
  ModifySecurityGroupRulesCommand,
  ModifySubnetAttributeCommand,
  ModifyVpcAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  UpdateSecurityGroupRuleDescriptionsIngressCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";

const api = useApi();
const code = async (answer: Promise<unknown>) => (await refusal(answer)).code;

async function aVpc(CidrBlock = "10.20.0.0/16") {
  const { Vpc } = await api.clients().ec2.send(new CreateVpcCommand({ CidrBlock }));
  return Vpc?.VpcId ?? "";
}

async function aGroup(VpcId: string, GroupName = "web") {
  const command = new CreateSecurityGroupCommand({ VpcId, GroupName, Description: "for tests" });
  return (await api.clients().ec2.send(command)).GroupId ?? "";
}

describe("a VPC", () => {
  test("is made with tags, changed one attribute at a time, and removed once nothing is in it", async () => {
    const { ec2 } = api.clients();
    const { Vpc } = await ec2.send(
      new CreateVpcCommand({
        CidrBlock: "10.20.0.7/16",
        TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "Name", Value: "shop & co" }] }],
      }),
    );
    const VpcId = Vpc?.VpcId ?? "";
    expect(Vpc).toMatchObject({
      CidrBlock: "10.20.0.0/16",
      IsDefault: false,
      Tags: [{ Key: "Name", Value: "shop & co" }],
    });
    const attribute = async (Attribute: "enableDnsSupport" | "enableDnsHostnames") =>
      ec2.send(new DescribeVpcAttributeCommand({ VpcId, Attribute }));
    expect((await attribute("enableDnsSupport")).EnableDnsSupport?.Value).toBe(true);
    expect((await attribute("enableDnsHostnames")).EnableDnsHostnames?.Value).toBe(false);
    await ec2.send(new ModifyVpcAttributeCommand({ VpcId, EnableDnsHostnames: { Value: true } }));
    expect((await attribute("enableDnsHostnames")).EnableDnsHostnames?.Value).toBe(true);
    const subnet = await ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: "10.20.1.0/24" }));
    expect(await refusal(ec2.send(new DeleteVpcCommand({ VpcId })))).toMatchObject({
      code: "DependencyViolation",
      message: `The vpc '${VpcId}' has dependencies and cannot be deleted.`,
    });
    await ec2.send(new DeleteSubnetCommand({ SubnetId: subnet.Subnet?.SubnetId ?? "" }));
    await ec2.send(new DeleteVpcCommand({ VpcId }));
    expect(await code(ec2.send(new DeleteVpcCommand({ VpcId })))).toBe("InvalidVpcID.NotFound");
    const rows = await api.db.query("SELECT 1 FROM security_groups WHERE vpc_id = $1", [VpcId]);
    expect(rows).toEqual([]);
  });

  test.each([
    ["10.0.0.0/15", "InvalidVpc.Range"],
    ["10.0.0.0/29", "InvalidVpc.Range"],
    ["10.0.0.0", "InvalidParameterValue"],
    [undefined, "MissingParameter"],
  ])("of %s is refused: %s", async (CidrBlock, expected) => {
    expect(await code(api.clients().ec2.send(new CreateVpcCommand({ CidrBlock })))).toBe(expected);
  });

  test("is the default again only when it is asked for", async () => {
    const { ec2 } = api.clients();
    expect(await code(ec2.send(new CreateDefaultVpcCommand({})))).toBe("DefaultVpcAlreadyExists");
  });
});

describe("a subnet", () => {
  test("lies inside its VPC beside the others, in a zone that is there", async () => {
    const { ec2 } = api.clients();
    const VpcId = await aVpc();
    const make = (CidrBlock: string, AvailabilityZone?: string) =>
      ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone }));
    const { Subnet } = await make("10.20.0.0/20", `${REGION}b`);
    expect(Subnet).toMatchObject({
      AvailabilityZone: `${REGION}b`,
      AvailabilityZoneId: "use1-az2",
      AvailableIpAddressCount: 4_091,
      MapPublicIpOnLaunch: false,
      SubnetArn: `arn:aws:ec2:${REGION}:${ACCOUNT}:subnet/${Subnet?.SubnetId}`,
    });
    expect(await code(make("10.20.8.0/24"))).toBe("InvalidSubnet.Conflict");
    expect(await code(make("10.21.0.0/24"))).toBe("InvalidSubnet.Range");
    expect(await code(make("10.20.16.0/29"))).toBe("InvalidSubnet.Range");
    expect(await code(make("10.20.16.0/24", "nowhere"))).toBe("InvalidParameterValue");
    const SubnetId = Subnet?.SubnetId ?? "";
    await ec2.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value: true } }));
    const { Subnets } = await ec2.send(
      new DescribeSubnetsCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }),
    );
    expect(Subnets?.map(({ MapPublicIpOnLaunch }) => MapPublicIpOnLaunch)).toEqual([true]);
  });

  test("of the same range is made by one of two who ask at once", async () => {
    const { ec2 } = api.clients();
    const VpcId = await aVpc();
    const make = () => ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock: "10.20.0.0/24" }));
    const answers = await Promise.allSettled([make(), make(), make()]);
    expect(answers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
});

describe("a security group", () => {
  test("is told what to let through, rule by rule, as Terraform's provider does it", async () => {
    const { ec2 } = api.clients();
    const GroupId = await aGroup(await aVpc());
    const web = {
      IpProtocol: "tcp",
      FromPort: 80,
      ToPort: 80,
      IpRanges: [{ CidrIp: "0.0.0.0/0", Description: "all" }],
    };
    const added = await ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [{ ...web, UserIdGroupPairs: [{ GroupId }] }],
        TagSpecifications: [{ ResourceType: "security-group-rule", Tags: [{ Key: "a", Value: "b" }] }],
      }),
    );
    expect(added.SecurityGroupRules).toMatchObject([
      { IsEgress: false, FromPort: 80, CidrIpv4: "0.0.0.0/0", Tags: [{ Key: "a", Value: "b" }] },
      { IsEgress: false, FromPort: 80, ReferencedGroupInfo: { GroupId } },
    ]);
    expect(
      await code(ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [web] }))),
    ).toBe("InvalidPermission.Duplicate");
    const SecurityGroupRuleId = added.SecurityGroupRules?.[0]?.SecurityGroupRuleId;
    await ec2.send(
      new ModifySecurityGroupRulesCommand({
        GroupId,
        SecurityGroupRules: [
          {
            SecurityGroupRuleId,
            SecurityGroupRule: { IpProtocol: "tcp", FromPort: 443, ToPort: 443, CidrIpv4: "10.0.0.0/8" },
          },
        ],
      }),
    );
    await ec2.send(
      new UpdateSecurityGroupRuleDescriptionsIngressCommand({
        GroupId,
        SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId, Description: "inside" }],
      }),
    );
    const { SecurityGroupRules } = await ec2.send(
      new DescribeSecurityGroupRulesCommand({ SecurityGroupRuleIds: [SecurityGroupRuleId ?? ""] }),
    );
    expect(SecurityGroupRules).toMatchObject([
      { FromPort: 443, CidrIpv4: "10.0.0.0/8", Description: "inside" },
    ]);
    const removed = await ec2.send(
      new RevokeSecurityGroupIngressCommand({
        GroupId,
        SecurityGroupRuleIds: [SecurityGroupRuleId ?? ""],
      }),
    );
    expect(removed.RevokedSecurityGroupRules).toMatchObject([{ SecurityGroupRuleId }]);
    const everything = [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }];
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: everything }));
    expect(
      await code(ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId, IpPermissions: everything }))),
    ).toBe("InvalidPermission.NotFound");
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
    expect(SecurityGroups).toMatchObject([
      {
        IpPermissions: [{ FromPort: 80, IpRanges: [], UserIdGroupPairs: [{ GroupId }] }],
        IpPermissionsEgress: [],
      },
    ]);
  });

  test("that others name, or that is a VPC's default, stays", async () => {
    const { ec2 } = api.clients();
    const VpcId = await aVpc();
    const [named, other] = [await aGroup(VpcId, "named"), await aGroup(VpcId, "other")];
    const IpPermissions = [{ IpProtocol: "-1", UserIdGroupPairs: [{ GroupId: named }] }];
    await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: other, IpPermissions }));
    expect(await code(ec2.send(new DeleteSecurityGroupCommand({ GroupId: named })))).toBe(
      "DependencyViolation",
    );
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: other }));
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: named }));
    const { SecurityGroups } = await ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [VpcId] }] }),
    );
    const [{ GroupId } = {}] = SecurityGroups ?? [];
    expect(await code(ec2.send(new DeleteSecurityGroupCommand({ GroupId })))).toBe("CannotDelete");
    expect(await code(aGroup(VpcId, "default"))).toBe("InvalidParameterValue");
    await aGroup(VpcId, "twice");
    expect(await code(aGroup(VpcId, "twice"))).toBe("InvalidGroup.Duplicate");
  });
});

test("what a load balancer lies in and is guarded by is not deleted from under it", async () => {
  const { ec2, elb } = api.clients();
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  const [{ VpcId = "", SubnetId } = {}, other] = Subnets;
  const GroupId = await aGroup(VpcId);
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: "web",
      Subnets: [SubnetId ?? "", other?.SubnetId ?? ""],
      SecurityGroups: [GroupId],
    }),
  );
  expect(await code(ec2.send(new DeleteSubnetCommand({ SubnetId })))).toBe("DependencyViolation");
  expect(await code(ec2.send(new DeleteSecurityGroupCommand({ GroupId })))).toBe("DependencyViolation");
  const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn;
  await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  await ec2.send(new DeleteSubnetCommand({ SubnetId }));
});

describe("tags", () => {
  test("are put on, listed, filtered by and taken off", async () => {
    const { ec2 } = api.clients();
    const [one, two] = [await aVpc(), await aVpc("10.30.0.0/16")];
    const Tags = [
      { Key: "team", Value: "a" },
      { Key: "tier", Value: "" },
    ];
    await ec2.send(new CreateTagsCommand({ Resources: [one, two], Tags }));
    await ec2.send(new DeleteTagsCommand({ Resources: [two], Tags: [{ Key: "team" }] }));
    const found = async (Name: string, Value: string) =>
      (await ec2.send(new DescribeVpcsCommand({ Filters: [{ Name, Values: [Value] }] }))).Vpcs?.map(
        ({ VpcId }) => VpcId,
      );
    expect(await found("tag:team", "a")).toEqual([one]);
    expect((await found("tag-key", "tier"))?.sort()).toEqual([one, two].sort());
    const listed = await ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: "resource-id", Values: [one] }] }),
    );
    expect(listed.Tags).toEqual(Tags.map((tag) => ({ ...tag, ResourceId: one, ResourceType: "vpc" })));
    const reserved = new CreateTagsCommand({ Resources: [one], Tags: [{ Key: "aws:x", Value: "" }] });
    expect(await code(ec2.send(reserved))).toBe("InvalidParameterValue");
    const missing = new CreateTagsCommand({
      Resources: [one, "vpc-0123456789abcdef0"],
      Tags: [{ Key: "x" }],
    });
    expect(await code(ec2.send(missing))).toBe("InvalidVpcID.NotFound");
    expect(await found("tag-key", "x")).toEqual([]);
  });

  test("of a resource, and those that a request brings, are what policies can go by", async () => {
    const { ec2, iam } = api.clients();
    const [mine, other] = [await aVpc(), await aVpc("10.30.0.0/16")];
    await ec2.send(new CreateTagsCommand({ Resources: [mine], Tags: [{ Key: "team", Value: "a" }] }));
    await iam.send(new CreateUserCommand({ UserName: "team-a" }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "team-a" }));
    const own = { StringEquals: { "aws:ResourceTag/team": "a" } };
    const Statement = [
      { Effect: "Allow", Action: "ec2:DeleteVpc", Resource: "*", Condition: own },
      { Effect: "Allow", Action: "ec2:CreateVpc", Resource: `arn:aws:ec2:${REGION}:${ACCOUNT}:vpc/*` },
    ];
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await iam.send(new PutUserPolicyCommand({ UserName: "team-a", PolicyName: "p", PolicyDocument }));
    const theirs = api.clients({
      accessKeyId: AccessKey?.AccessKeyId ?? "",
      secretAccessKey: AccessKey?.SecretAccessKey ?? "",
    }).ec2;
    expect(await code(theirs.send(new DeleteVpcCommand({ VpcId: other })))).toBe("UnauthorizedOperation");
    await theirs.send(new DeleteVpcCommand({ VpcId: mine }));
    await theirs.send(new CreateVpcCommand({ CidrBlock: "10.40.0.0/16" }));
    const tagged = new CreateVpcCommand({
      CidrBlock: "10.40.0.0/16",
      TagSpecifications: [{ ResourceType: "vpc", Tags: [{ Key: "a", Value: "b" }] }],
    });
    expect(await code(theirs.send(tagged))).toBe("UnauthorizedOperation");
  });
});
