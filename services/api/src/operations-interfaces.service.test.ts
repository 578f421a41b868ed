/** What EC2 shows and keeps of the addresses that tasks have, through signed requests, on real PostgreSQL. */
import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DescribeNetworkInterfacesCommand,
  type DescribeNetworkInterfacesCommandInput,
  DescribeSubnetsCommand,
} from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  SubmitTaskStateChangeCommand,
} from "@aws-sdk/client-ecs";
import { expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";
import { defaultNetwork } from "./elb.test-data.ts";

const api = useApi();

/** One task in a subnet and a security group of its own. */
async function aTaskWithAddress() {
  const { ec2, ecs } = api.clients();
  const { vpcId } = await defaultNetwork(api.db);
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({
      VpcId: vpcId,
      CidrBlock: "172.31.255.0/28",
      AvailabilityZone: `${REGION}a`,
    }),
  );
  const { GroupId = "" } = await ec2.send(
    new CreateSecurityGroupCommand({ GroupName: "web", Description: "web", VpcId: vpcId }),
  );
  await ecs.send(new CreateClusterCommand({}));
  const agent = await api.agent();
  const totalResources = ["CPU", "MEMORY"].map((name) => ({ name, type: "INTEGER", integerValue: 1024 }));
  await agent.ecs.send(new RegisterContainerInstanceCommand({ totalResources }));
  const containerDefinitions = [{ name: "app", image: "busybox", memory: 64 }];
  const definition = { family: "own", networkMode: "awsvpc" as const, containerDefinitions };
  await ecs.send(new RegisterTaskDefinitionCommand(definition));
  const subnetId = Subnet?.SubnetId ?? "";
  const run = () =>
    ecs.send(
      new RunTaskCommand({
        taskDefinition: "own",
        networkConfiguration: {
          awsvpcConfiguration: { subnets: [subnetId], securityGroups: [GroupId] },
        },
      }),
    );
  const { tasks } = await run();
  const task = tasks?.[0]?.taskArn ?? "";
  const stop = () => agent.ecs.send(new SubmitTaskStateChangeCommand({ task, status: "STOPPED" }));
  const interfaces = async (input: DescribeNetworkInterfacesCommandInput = {}) =>
    (await ec2.send(new DescribeNetworkInterfacesCommand(input))).NetworkInterfaces ?? [];
  const attachment = tasks?.[0]?.attachments?.[0]?.id;
  return { ec2, ecs, vpcId, subnetId, GroupId, task, attachment, run, stop, interfaces };
}

test("a task's interface is listed with its address and groups, and found by the ARN of its attachment", async () => {
  const { interfaces, vpcId, subnetId, GroupId, attachment, stop } = await aTaskWithAddress();
  const Description = `arn:aws:ecs:${REGION}:${ACCOUNT}:attachment/${attachment}`;
  const [own, ...others] = await interfaces();
  expect(others).toEqual([]);
  expect(own).toMatchObject({
    NetworkInterfaceId: expect.stringMatching(/^eni-/),
    VpcId: vpcId,
    SubnetId: subnetId,
    AvailabilityZone: `${REGION}a`,
    Description,
    InterfaceType: "interface",
    Status: "in-use",
    MacAddress: expect.stringMatching(/^0a:/),
    PrivateIpAddress: expect.stringMatching(/^172\.31\.255\./),
    Groups: [{ GroupId, GroupName: "web" }],
  });
  const found = async (Name: string, value: string) =>
    (await interfaces({ Filters: [{ Name, Values: [value] }] })).map((i) => i.NetworkInterfaceId);
  expect(await found("description", Description)).toEqual([own?.NetworkInterfaceId]);
  expect(await found("group-id", GroupId)).toEqual([own?.NetworkInterfaceId]);
  expect(await found("subnet-id", "subnet-0123456789abcdef0")).toEqual([]);
  const id = own?.NetworkInterfaceId ?? "";
  expect(await interfaces({ NetworkInterfaceIds: [id] })).toHaveLength(1);
  await stop();
  expect(await interfaces()).toEqual([]);
  expect((await refusal(interfaces({ NetworkInterfaceIds: [id] }))).code).toBe(
    "InvalidNetworkInterfaceID.NotFound",
  );
});

test("a subnet and a group that a task has are not deleted from under it", async () => {
  const { ec2, subnetId, GroupId, stop } = await aTaskWithAddress();
  const subnet = () => ec2.send(new DeleteSubnetCommand({ SubnetId: subnetId }));
  const group = () => ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
  for (const remove of [subnet, group]) {
    expect((await refusal(remove())).code).toBe("DependencyViolation");
  }
  await stop();
  await subnet();
  await group();
});

test("addresses that tasks have are counted, and no NAT gateway gets one of them", async () => {
  const { ec2, ecs, subnetId, run, interfaces } = await aTaskWithAddress();
  const available = async () => {
    const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnetId] }));
    return Subnets?.[0]?.AvailableIpAddressCount;
  };
  expect(await available()).toBe(10);
  const { AllocationId } = await ec2.send(new AllocateAddressCommand({}));
  const make = (PrivateIpAddress?: string) =>
    ec2.send(new CreateNatGatewayCommand({ SubnetId: subnetId, AllocationId, PrivateIpAddress }));
  const [task] = await interfaces();
  expect((await refusal(make(task?.PrivateIpAddress))).code).toBe("InvalidIPAddress.InUse");
  const { NatGateway } = await make();
  const kinds = (await interfaces()).map(({ InterfaceType }) => InterfaceType).sort();
  expect([kinds, await available()]).toEqual([["interface", "nat_gateway"], 9]);

  for (let n = 0; n < 9; n++) await run();
  const addresses = (await interfaces()).map(({ PrivateIpAddress }) => PrivateIpAddress);
  expect([addresses.length, new Set(addresses).size, await available()]).toEqual([11, 11, 0]);
  expect(addresses).toContain(NatGateway?.NatGatewayAddresses?.[0]?.PrivateIp);
  const { tasks } = await run();
  const full = await ecs.send(new DescribeTasksCommand({ tasks: [tasks?.[0]?.taskArn ?? ""] }));
  expect(full.tasks).toMatchObject([
    {
      lastStatus: "STOPPED",
      stopCode: "TaskFailedToStart",
      stoppedReason: expect.stringContaining(`'${subnetId}': InsufficientFreeAddressesInSubnet`),
      attachments: [{ status: "DELETED" }],
    },
  ]);
});
