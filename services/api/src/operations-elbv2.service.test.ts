/** Load balancers and target groups through signed requests, on real PostgreSQL. */
import {
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
} from "@aws-sdk/client-ec2";
import {
  AddTagsCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  DescribeAccountLimitsCommand,
  DescribeCapacityReservationCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  ModifyLoadBalancerAttributesCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  paginateDescribeLoadBalancers,
  RemoveTagsCommand,
  SetSecurityGroupsCommand,
  SetSubnetsCommand,
  waitUntilLoadBalancerAvailable,
  waitUntilLoadBalancerExists,
  waitUntilLoadBalancersDeleted,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from "@aws-sdk/client-iam";
import { beforeEach, describe, expect, test } from "vitest";
import { ACCOUNT, type Clients, REGION, refusal, useApi } from "./api.test-data.ts";
import { defaultNetwork, makeBalancer, makeGroup, makeListener, type TestNetwork } from "./elb.test-data.ts";

const api = useApi();
let network: TestNetwork;
let clients: Clients;
beforeEach(async () => {
  network = await defaultNetwork(api.db);
  clients = api.clients();
});

const code = async (answer: Promise<unknown>) => (await refusal(answer)).code;
const balancerNamed = (Name: string, more: object = {}) =>
  clients.elb.send(new CreateLoadBalancerCommand({ Name, Subnets: [...network.subnets], ...more }));
const bells = async () =>
  (await api.db.query<{ kind: string }>("SELECT kind FROM bells WHERE kind = 'configureBalancers'")).length;

describe("a load balancer", () => {
  test("is made with an address of the pool, its twin and a name that says where it is", async () => {
    const made = await balancerNamed("web", { Tags: [{ Key: "team", Value: "a" }] });
    const [balancer] = made.LoadBalancers ?? [];
    expect(balancer).toMatchObject({
      LoadBalancerName: "web",
      Scheme: "internet-facing",
      Type: "application",
      IpAddressType: "ipv4",
      VpcId: network.vpcId,
      State: { Code: "provisioning" },
      SecurityGroups: [network.securityGroup],
      DNSName: expect.stringMatching(new RegExp(`^web-[0-9]+\\.elb\\.${REGION}\\.roadstead\\.test$`)),
      LoadBalancerArn: expect.stringMatching(
        new RegExp(`^arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/app/web/[0-9a-f]{16}$`),
      ),
    });
    expect(balancer?.AvailabilityZones?.map(({ SubnetId }) => SubnetId)).toEqual(network.subnets);
    expect(await api.db.query('SELECT address, loopback_address AS "twin" FROM load_balancers')).toEqual([
      { address: "198.18.64.1", twin: "127.64.0.1" },
    ]);
    expect(await bells()).toBeGreaterThan(0);
  });

  test("made again in the same words is the same, and in others is refused", async () => {
    const arnOf = async () => (await balancerNamed("web")).LoadBalancers?.[0]?.LoadBalancerArn;
    expect(await arnOf()).toBe(await arnOf());
    expect(await refusal(balancerNamed("web", { Scheme: "internal" }))).toEqual({
      code: "DuplicateLoadBalancerName",
      message: "A load balancer with the same name 'web' exists, but with different settings",
      status: 400,
    });
  });

  test("takes the lowest address that is free, however many are made at once", async () => {
    await Promise.all(["a", "b", "c", "d"].map((name) => makeBalancer(clients, network, name)));
    const addresses = async () =>
      (await api.db.query<{ address: string }>("SELECT address FROM load_balancers ORDER BY slot")).map(
        ({ address }) => address,
      );
    expect(await addresses()).toEqual(["198.18.64.1", "198.18.64.2", "198.18.64.3", "198.18.64.4"]);
    const [second] = await api.db.query<{ name: string }>("SELECT name FROM load_balancers WHERE slot = 2");
    const LoadBalancerArn = await makeBalancer(clients, network, second?.name);
    await clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    await makeBalancer(clients, network, "e");
    expect(await addresses()).toEqual(["198.18.64.1", "198.18.64.2", "198.18.64.3", "198.18.64.4"]);
  });

  test("needs two subnets of two zones of one VPC, and groups of that VPC", async () => {
    const [one = ""] = network.subnets;
    expect(await refusal(balancerNamed("web", { Subnets: [one] }))).toMatchObject({
      code: "ValidationError",
      message: "At least two subnets in two different Availability Zones must be specified",
    });
    expect(await code(balancerNamed("web", { Subnets: [one, "subnet-0123"] }))).toBe("SubnetNotFound");
    expect(await code(balancerNamed("web", { Subnets: [] }))).toBe("ValidationError");
    expect(await code(balancerNamed("web", { SubnetMappings: [{ SubnetId: one }] }))).toBe("ValidationError");
    expect(await code(balancerNamed("web", { SecurityGroups: ["sg-0123"] }))).toBe("InvalidSecurityGroup");
  });

  test.each([{ Type: "network" }, { Type: "gateway" }, { IpAddressType: "dualstack" }])(
    "with %j is refused as not built",
    async (more) => {
      expect(await code(balancerNamed("web", more))).toBe("UnsupportedOperation");
    },
  );

  test("is found by name and by ARN, page by page, and what is not there is named", async () => {
    for (const name of ["c", "a", "b"]) await makeBalancer(clients, network, name);
    const pages = paginateDescribeLoadBalancers({ client: clients.elb }, { PageSize: 2 });
    const seen = [];
    for await (const page of pages) seen.push(page.LoadBalancers?.map((row) => row.LoadBalancerName));
    expect(seen).toEqual([["a", "b"], ["c"]]);
    const named = await clients.elb.send(new DescribeLoadBalancersCommand({ Names: ["b"] }));
    expect(named.LoadBalancers).toHaveLength(1);
    const missing = clients.elb.send(new DescribeLoadBalancersCommand({ Names: ["b", "x"] }));
    expect(await refusal(missing)).toMatchObject({
      code: "LoadBalancerNotFound",
      message: "Load balancers '[x]' not found",
    });
    const other = new DescribeLoadBalancersCommand({ LoadBalancerArns: ["web"] });
    expect(await refusal(clients.elb.send(other))).toMatchObject({
      code: "ValidationError",
      message: "'web' is not a valid load balancer ARN",
    });
  });

  test("is waited for by the SDK's waiters", async () => {
    const LoadBalancerArn = await makeBalancer(clients, network);
    const wait = { client: clients.elb, maxWaitTime: 5, minDelay: 1, maxDelay: 1 };
    const asked = { LoadBalancerArns: [LoadBalancerArn] };
    expect((await waitUntilLoadBalancerExists(wait, asked)).state).toBe("SUCCESS");
    await api.db.query("UPDATE load_balancers SET state = 'active'");
    expect((await waitUntilLoadBalancerAvailable(wait, asked)).state).toBe("SUCCESS");
    await clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    expect((await waitUntilLoadBalancersDeleted(wait, asked)).state).toBe("SUCCESS");
    await clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  });

  test("keeps what attributes were set, and is not deleted while it is protected", async () => {
    const LoadBalancerArn = await makeBalancer(clients, network);
    const set = (Key: string, Value: string) =>
      clients.elb.send(
        new ModifyLoadBalancerAttributesCommand({ LoadBalancerArn, Attributes: [{ Key, Value }] }),
      );
    await set("idle_timeout.timeout_seconds", "15");
    await set("deletion_protection.enabled", "true");
    const { Attributes } = await clients.elb.send(
      new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }),
    );
    expect(Attributes).toContainEqual({ Key: "idle_timeout.timeout_seconds", Value: "15" });
    expect(Attributes).toContainEqual({ Key: "client_keep_alive.seconds", Value: "3600" });
    expect(await code(set("idle_timeout.timeout_seconds", "4001"))).toBe("ValidationError");
    expect(await code(clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn })))).toBe(
      "OperationNotPermitted",
    );
  });

  test("changes its security groups and subnets, within its VPC", async () => {
    const LoadBalancerArn = await makeBalancer(clients, network);
    const Subnets = network.subnets.slice(0, 2);
    const moved = await clients.elb.send(new SetSubnetsCommand({ LoadBalancerArn, Subnets }));
    expect(moved.AvailabilityZones?.map(({ SubnetId }) => SubnetId)).toEqual(Subnets);
    const SecurityGroups = [network.securityGroup];
    const set = (groups: string[]) =>
      clients.elb.send(new SetSecurityGroupsCommand({ LoadBalancerArn, SecurityGroups: groups }));
    expect((await set(SecurityGroups)).SecurityGroupIds).toEqual(SecurityGroups);
    expect(await code(set(["sg-0"]))).toBe("InvalidSecurityGroup");
    const reserved = await clients.elb.send(new DescribeCapacityReservationCommand({ LoadBalancerArn }));
    expect(reserved.CapacityReservationState ?? []).toEqual([]);
  });
});

test("a subnet or security group that a load balancer has is not deleted, and afterwards is", async () => {
  const [SubnetId = "", other = ""] = network.subnets;
  const group = await clients.ec2.send(
    new CreateSecurityGroupCommand({ GroupName: "web", Description: "web", VpcId: network.vpcId }),
  );
  const GroupId = group.GroupId ?? "";
  const made = await balancerNamed("web", { Subnets: [SubnetId, other], SecurityGroups: [GroupId] });
  const deletions = [
    new DeleteSubnetCommand({ SubnetId }),
    new DeleteSecurityGroupCommand({ GroupId }),
  ] as const;
  const remove = (command: (typeof deletions)[number]) => clients.ec2.send(command as DeleteSubnetCommand);
  for (const deletion of deletions) expect(await code(remove(deletion))).toBe("DependencyViolation");
  const LoadBalancerArn = made.LoadBalancers?.[0]?.LoadBalancerArn;
  await clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  for (const deletion of deletions) await remove(deletion);
});

describe("a target group", () => {
  test("is made with AWS's defaults, and again in the same words is the same", async () => {
    const TargetGroupArn = await makeGroup(clients, network);
    expect(TargetGroupArn).toMatch(
      new RegExp(`^arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/app/[0-9a-f]{16}$`),
    );
    const described = await clients.elb.send(new DescribeTargetGroupsCommand({ Names: ["app"] }));
    expect(described.TargetGroups).toEqual([
      {
        TargetGroupArn,
        TargetGroupName: "app",
        Protocol: "HTTP",
        ProtocolVersion: "HTTP1",
        Port: 8080,
        VpcId: network.vpcId,
        TargetType: "ip",
        IpAddressType: "ipv4",
        HealthCheckEnabled: true,
        HealthCheckProtocol: "HTTP",
        HealthCheckPort: "traffic-port",
        HealthCheckPath: "/",
        HealthCheckIntervalSeconds: 30,
        HealthCheckTimeoutSeconds: 5,
        HealthyThresholdCount: 5,
        UnhealthyThresholdCount: 2,
        Matcher: { HttpCode: "200" },
        LoadBalancerArns: [],
      },
    ]);
    expect(await makeGroup(clients, network)).toBe(TargetGroupArn);
    expect(await code(makeGroup(clients, network, { Port: 9 }))).toBe("DuplicateTargetGroupName");
  });

  test.each([
    [{ Protocol: "TCP" }, "UnsupportedOperation"],
    [{ ProtocolVersion: "GRPC" }, "UnsupportedOperation"],
    [{ TargetType: "lambda" }, "UnsupportedOperation"],
    [{ TargetType: "alb" }, "UnsupportedOperation"],
    [{ VpcId: "vpc-0" }, "ValidationError"],
    [{ Name: "a_b" }, "ValidationError"],
    [{ HealthCheckIntervalSeconds: 4 }, "ValidationError"],
    [{ Port: 0 }, "ValidationError"],
  ] as const)("with %j is refused", async (more, expected) => {
    expect(await code(makeGroup(clients, network, more))).toBe(expected);
  });

  test("needs a protocol, a port and a VPC", async () => {
    expect(await code(clients.elb.send(new CreateTargetGroupCommand({ Name: "app" })))).toBe(
      "ValidationError",
    );
  });

  test("changes how targets are checked and how long they drain", async () => {
    const TargetGroupArn = await makeGroup(clients, network);
    const modified = await clients.elb.send(
      new ModifyTargetGroupCommand({
        TargetGroupArn,
        HealthCheckPath: "/up",
        HealthCheckIntervalSeconds: 5,
        HealthCheckTimeoutSeconds: 2,
        Matcher: { HttpCode: "200-299" },
      }),
    );
    expect(modified.TargetGroups?.[0]).toMatchObject({
      HealthCheckPath: "/up",
      HealthCheckIntervalSeconds: 5,
      HealthyThresholdCount: 5,
      Matcher: { HttpCode: "200-299" },
    });
    const delay = { Key: "deregistration_delay.timeout_seconds", Value: "5" };
    await clients.elb.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn, Attributes: [delay] }));
    const shown = await clients.elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }));
    expect(shown.Attributes).toContainEqual(delay);
  });

  test("is not deleted while a listener uses it, and twice is no mistake", async () => {
    const TargetGroupArn = await makeGroup(clients, network);
    const LoadBalancerArn = await makeBalancer(clients, network);
    await makeListener(clients, LoadBalancerArn, { Type: "forward", TargetGroupArn });
    const remove = () => clients.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn }));
    expect(await refusal(remove())).toMatchObject({
      code: "ResourceInUse",
      message: `Target group '${TargetGroupArn}' is currently in use by a listener or a rule`,
    });
    const used = await clients.elb.send(new DescribeTargetGroupsCommand({ LoadBalancerArn }));
    expect(used.TargetGroups?.[0]?.LoadBalancerArns).toEqual([LoadBalancerArn]);
    await clients.elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    await remove();
    await remove();
    const gone = clients.elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [TargetGroupArn] }));
    expect(await refusal(gone)).toMatchObject({
      code: "TargetGroupNotFound",
      message: "One or more target groups not found",
    });
  });
});

test("tags are put on, shown and taken off, whatever they are on", async () => {
  const LoadBalancerArn = await makeBalancer(clients, network);
  const ResourceArns = [
    LoadBalancerArn,
    await makeGroup(clients, network),
    await makeListener(clients, LoadBalancerArn),
  ];
  const Tags = [
    { Key: "a", Value: "1" },
    { Key: "b", Value: "" },
  ];
  await clients.elb.send(new AddTagsCommand({ ResourceArns, Tags }));
  await clients.elb.send(new RemoveTagsCommand({ ResourceArns, TagKeys: ["b", "c"] }));
  const { TagDescriptions } = await clients.elb.send(new DescribeTagsCommand({ ResourceArns }));
  expect(TagDescriptions).toEqual(
    ResourceArns.map((ResourceArn) => ({ ResourceArn, Tags: [{ Key: "a", Value: "1" }] })),
  );
  const many = Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: "" }));
  expect(await code(clients.elb.send(new AddTagsCommand({ ResourceArns, Tags: many })))).toBe("TooManyTags");
  const twice = [...Tags, { Key: "a", Value: "2" }];
  expect(await code(clients.elb.send(new AddTagsCommand({ ResourceArns, Tags: twice })))).toBe(
    "DuplicateTagKeys",
  );
});

test("the limits that are kept are told", async () => {
  const { Limits } = await clients.elb.send(new DescribeAccountLimitsCommand({}));
  expect(Limits).toContainEqual({ Name: "rules-per-application-load-balancer", Max: "100" });
});

test("a caller does what policies let it, by tag of what is there and with tags only if it may tag", async () => {
  const LoadBalancerArn = await makeBalancer(clients, network);
  await clients.iam.send(new CreateUserCommand({ UserName: "eve" }));
  const { AccessKey } = await clients.iam.send(new CreateAccessKeyCommand({ UserName: "eve" }));
  const Statement = [
    { Effect: "Allow", Action: "elasticloadbalancing:CreateLoadBalancer", Resource: "*" },
    {
      Effect: "Allow",
      Action: "elasticloadbalancing:DeleteLoadBalancer",
      Resource: "*",
      Condition: { StringEquals: { "aws:ResourceTag/owner": "eve" } },
    },
  ];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await clients.iam.send(new PutUserPolicyCommand({ UserName: "eve", PolicyName: "p", PolicyDocument }));
  const { elb } = api.clients({
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  });
  const create = { Name: "eves", Subnets: [...network.subnets] };
  const Tags = [{ Key: "owner", Value: "eve" }];
  expect(await refusal(elb.send(new CreateLoadBalancerCommand({ ...create, Tags })))).toMatchObject({
    message: expect.stringContaining("elasticloadbalancing:AddTags"),
    status: 403,
  });
  await elb.send(new CreateLoadBalancerCommand(create));
  const remove = () => elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
  expect((await refusal(remove())).status).toBe(403);
  await clients.elb.send(new AddTagsCommand({ ResourceArns: [LoadBalancerArn], Tags }));
  await remove();
});
