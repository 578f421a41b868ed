import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import { type Task, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { afterAll, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { deleteBalancer, makeBalancer } from "./support/balancers.ts";
import { networksOf } from "./support/engine.ts";
import { balancerPortsOf } from "./support/ports.ts";
import { createService, deleteAllServices, untilRolledOut } from "./support/services.ts";
import { startRequests } from "./support/steady-requests.ts";
import { container, register, runTask, stopAllTasks, untilRunning, untilStopped } from "./support/tasks.ts";

const [BALANCER_PORT] = balancerPortsOf("awsvpc");
const SERVE =
  "mkdir -p /www; echo $VERSION > /www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait";

const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
const { ecs, endpoint, region, credentials } = account;
const ec2 = new EC2Client({ endpoint, region, credentials });
afterAll(() => account.close());

/** Two zones of a VPC, with a group for what serves, one for whom it serves, and one for others. */
async function aNetwork() {
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.61.0.0/16" }));
  const vpcId = Vpc?.VpcId ?? "";
  const subnets: string[] = [];
  for (const [n, zone] of ["a", "b"].entries()) {
    const CidrBlock = `10.61.${n}.0/24`;
    const AvailabilityZone = `${region}${zone}`;
    const made = await ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock, AvailabilityZone }));
    subnets.push(made.Subnet?.SubnetId ?? "");
  }
  const group = async (GroupName: string) =>
    (await ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: GroupName, VpcId: vpcId })))
      .GroupId ?? "";
  const [web, client, stranger] = [await group("web"), await group("client"), await group("stranger")];
  const { SecurityGroups = [] } = await ec2.send(
    new DescribeSecurityGroupsCommand({ Filters: [{ Name: "vpc-id", Values: [vpcId] }] }),
  );
  const ofBalancers = SecurityGroups.find(({ GroupName }) => GroupName === "default")?.GroupId ?? "";
  const UserIdGroupPairs = [{ GroupId: client }, { GroupId: ofBalancers }];
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: web,
      IpPermissions: [{ IpProtocol: "tcp", FromPort: 8_080, ToPort: 8_080, UserIdGroupPairs }],
    }),
  );
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: ofBalancers,
      IpPermissions: [{ IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] }],
    }),
  );
  const within = (securityGroup: string) => ({
    networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups: [securityGroup] } },
  });
  const remove = async () => {
    for (const GroupId of [web, client, stranger])
      await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    for (const SubnetId of subnets) await ec2.send(new DeleteSubnetCommand({ SubnetId }));
    await ec2.send(new DeleteVpcCommand({ VpcId: vpcId }));
  };
  return { vpcId, subnets, web, client, stranger, within, remove };
}

const own = (family: string, ...containerDefinitions: ReturnType<typeof container>[]) =>
  register(ecs, family, { networkMode: "awsvpc", containerDefinitions });

const serving = (version: string) =>
  own(
    "serves",
    container(SERVE, {
      portMappings: [{ containerPort: 8_080 }],
      environment: [{ name: "VERSION", value: version }],
    }),
  );

const addressOf = (task: Task): string =>
  task.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address ?? "";

/** Nothing is left of any task: no address, no network of the engine. */
const nothingLeft = async (vpcId: string) => {
  const { NetworkInterfaces } = await ec2.send(new DescribeNetworkInterfacesCommand({}));
  return [NetworkInterfaces ?? [], await networksOf(vpcId)];
};

const network = await aNetwork();
afterAll(async () => {
  // Addresses are given back, and the engine's network goes, once the last task has stopped.
  await deleteAllServices(ecs);
  await stopAllTasks(ecs);
  await vi.waitFor(async () => expect(await nothingLeft(network.vpcId)).toEqual([[], []]), 60_000);
  await network.remove();
});

test("tasks with addresses of their own reach each other as their security groups say, and leave nothing", async () => {
  const server = await runTask(ecs, await serving("one"), network.within(network.web));
  const running = await untilRunning(ecs, server);
  expect(running.attachments).toMatchObject([{ type: "ElasticNetworkInterface", status: "ATTACHED" }]);
  expect(addressOf(running)).toMatch(/^10\.61\.0\./);
  const asks = await own(
    "asks",
    container(
      `for n in 1 2; do timeout 2 wget -q -O - http://${addressOf(running)}:8080/ && exit 0; done; exit 7`,
    ),
  );
  const exitCodeOf = async (group: string) => {
    const task = await runTask(ecs, asks, network.within(group));
    return (await untilStopped(ecs, task)).containers?.[0]?.exitCode;
  };
  expect([await exitCodeOf(network.client), await exitCodeOf(network.stranger)]).toEqual([0, 7]);
  await stopAllTasks(ecs);
  await expect.poll(() => nothingLeft(network.vpcId), { timeout: 60_000 }).toEqual([[], []]);
});

test("containers of a task share its localhost", async () => {
  const script =
    "for n in 1 2 3 4 5; do wget -q -O - http://127.0.0.1:8080/ && exit 0; sleep 0.3; done; exit 7";
  const both = await own(
    "both",
    container(SERVE, { name: "serves", essential: false }),
    container(script, { name: "asks" }),
  );
  const stopped = await untilStopped(ecs, await runTask(ecs, both, network.within(network.stranger)));
  expect(stopped.containers?.find(({ name }) => name === "asks")?.exitCode).toBe(0);
});

test("a service behind a load balancer is reached by its tasks' addresses, and rolled without a failed request", async () => {
  const made = await makeBalancer({
    stack: account.stack,
    client: { endpoint, region, credentials },
    port: BALANCER_PORT,
    targetType: "ip",
    drainSeconds: 3,
    network,
  });
  await createService(ecs, "addressed", await serving("one"), {
    desiredCount: 2,
    loadBalancers: [{ targetGroupArn: made.group, containerName: "main", containerPort: 8_080 }],
    ...network.within(network.web),
  });
  await untilRolledOut(ecs, "addressed");
  const requests = startRequests(made.url);
  await ecs.send(new UpdateServiceCommand({ service: "addressed", taskDefinition: await serving("two") }));
  await untilRolledOut(ecs, "addressed");
  await ecs.send(new UpdateServiceCommand({ service: "addressed", desiredCount: 1 }));
  await untilRolledOut(ecs, "addressed");
  const { answers, failures } = await requests.stop();
  expect(failures).toEqual([]);
  expect([...answers.keys()].sort()).toEqual(["one", "two"]);
  await deleteAllServices(ecs);
  await deleteBalancer(made);
  await expect.poll(() => nothingLeft(network.vpcId), { timeout: 60_000 }).toEqual([[], []]);
});
