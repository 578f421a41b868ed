/** Tasks and services with addresses of their own, through signed requests, on real PostgreSQL. */
import { CreateSecurityGroupCommand, CreateSubnetCommand, CreateVpcCommand } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type NetworkConfiguration,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StartTaskCommand,
  SubmitTaskStateChangeCommand,
  type Task,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";
import { defaultNetwork, makeBalancer, makeGroup, makeListener } from "./elb.test-data.ts";

const api = useApi();

/** A cluster with one machine, the definition `own` in awsvpc mode, `shared` in bridge mode, and the default VPC. */
async function aCluster() {
  const clients = api.clients();
  const { ecs } = clients;
  const network = await defaultNetwork(api.db);
  await ecs.send(new CreateClusterCommand({}));
  const agent = await api.agent();
  const { containerInstance } = await agent.ecs.send(
    new RegisterContainerInstanceCommand({
      totalResources: [
        { name: "CPU", type: "INTEGER", integerValue: 1024 },
        { name: "MEMORY", type: "INTEGER", integerValue: 2048 },
      ],
      attributes: [{ name: "ecs.capability.task-eni" }],
    }),
  );
  const app = { name: "app", image: "busybox", cpu: 64, memory: 64, portMappings: [{ containerPort: 80 }] };
  for (const [family, networkMode] of [
    ["own", "awsvpc"],
    ["shared", "bridge"],
  ] as const) {
    await ecs.send(new RegisterTaskDefinitionCommand({ family, networkMode, containerDefinitions: [app] }));
  }
  const run = (input: Partial<RunTaskCommandInput> = {}) =>
    ecs.send(
      new RunTaskCommand({ taskDefinition: "own", networkConfiguration: within(network.subnets), ...input }),
    );
  const describeOne = async (arn: string | undefined) =>
    (await ecs.send(new DescribeTasksCommand({ tasks: [arn ?? ""] }))).tasks?.[0];
  const instance = containerInstance?.containerInstanceArn ?? "";
  return { clients, ecs, agent, network, instance, run, describeOne };
}

const within = (
  subnets: readonly string[],
  more: Partial<NonNullable<NetworkConfiguration["awsvpcConfiguration"]>> = {},
): NetworkConfiguration => ({ awsvpcConfiguration: { subnets: [...subnets], ...more } });

const detailsOf = (task: Task | undefined) =>
  Object.fromEntries((task?.attachments?.[0]?.details ?? []).map(({ name, value }) => [name, value]));

describe("a task in awsvpc mode", () => {
  test("is PROVISIONING with an attachment, and shows its interface once the agent has made it", async () => {
    const { run, describeOne, agent, network } = await aCluster();
    const answer = await run();
    const [task] = answer.tasks ?? [];
    const [attachment] = task?.attachments ?? [];
    expect([answer.failures, task?.lastStatus, task?.availabilityZone]).toEqual([
      [],
      "PROVISIONING",
      `${REGION}a`,
    ]);
    expect(attachment).toMatchObject({ type: "ElasticNetworkInterface", status: "PRECREATED" });
    expect(detailsOf(task)).toEqual({ subnetId: network.subnets[0] });

    const attachmentArn = `arn:aws:ecs:${REGION}:${ACCOUNT}:attachment/${attachment?.id}`;
    await agent.ecs.send(
      new SubmitTaskStateChangeCommand({
        task: task?.taskArn,
        attachments: [{ attachmentArn, status: "ATTACHED" }],
      }),
    );
    const attached = await describeOne(task?.taskArn);
    expect([attached?.lastStatus, attached?.version]).toEqual(["PENDING", 2]);
    expect(attached?.attachments).toMatchObject([{ id: attachment?.id, status: "ATTACHED" }]);
    const { privateIPv4Address } = detailsOf(attached);
    expect(detailsOf(attached)).toEqual({
      subnetId: network.subnets[0],
      networkInterfaceId: expect.stringMatching(/^eni-/),
      macAddress: expect.stringMatching(/^0a:/),
      privateDnsName: `ip-${privateIPv4Address?.replaceAll(".", "-")}.ec2.internal`,
      privateIPv4Address: expect.stringMatching(/^172\.31\./),
    });
    expect(attached?.containers?.[0]?.networkInterfaces).toEqual([
      { attachmentId: attachment?.id, privateIpv4Address: privateIPv4Address },
    ]);

    await agent.ecs.send(new SubmitTaskStateChangeCommand({ task: task?.taskArn, status: "STOPPED" }));
    const stopped = await describeOne(task?.taskArn);
    expect(stopped?.attachments).toMatchObject([{ id: attachment?.id, status: "DELETED" }]);
    expect(detailsOf(stopped)).toEqual(detailsOf(attached));
    expect(await api.db.query("SELECT 1 FROM network_interfaces")).toEqual([]);
  });

  test("has the VPC's default security group where it names none, and those it names otherwise", async () => {
    const { run, network, clients } = await aCluster();
    const { GroupId = "" } = await clients.ec2.send(
      new CreateSecurityGroupCommand({ GroupName: "web", Description: "web", VpcId: network.vpcId }),
    );
    await run();
    await run({ networkConfiguration: within(network.subnets, { securityGroups: [GroupId] }) });
    const rows = await api.db.query<{ groups: string[] }>(
      "SELECT group_ids AS groups FROM network_interfaces ORDER BY task_id",
    );
    expect(rows.map(({ groups }) => groups)).toEqual([[network.securityGroup], [GroupId]]);
  });

  test("may be put on an instance by StartTask", async () => {
    const { ecs, network, instance } = await aCluster();
    const { tasks } = await ecs.send(
      new StartTaskCommand({
        taskDefinition: "own",
        containerInstances: [instance],
        networkConfiguration: within(network.subnets),
      }),
    );
    expect(tasks).toMatchObject([{ lastStatus: "PROVISIONING", attachments: [{ status: "PRECREATED" }] }]);
  });

  test("is refused in AWS's words where its network cannot be", async () => {
    const { run, clients, network } = await aCluster();
    const { Vpc } = await clients.ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
    const { Subnet } = await clients.ec2.send(
      new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.9.1.0/24" }),
    );
    const foreign = Subnet?.SubnetId ?? "";
    const [subnet = ""] = network.subnets;
    const missing = "subnet-0123456789abcdef0";
    const refusals: Record<string, string> = {};
    const refused = async (what: string, input: Partial<RunTaskCommandInput>) => {
      const { code, message } = await refusal(run(input));
      refusals[what] = `${code}: ${message}`;
    };
    await refused("none", { networkConfiguration: undefined });
    await refused("bridge", { taskDefinition: "shared" });
    await refused("empty", { networkConfiguration: within([]) });
    await refused("subnet", { networkConfiguration: within([subnet, missing]) });
    await refused("VPCs", { networkConfiguration: within([subnet, foreign]) });
    const group = "sg-0123456789abcdef0";
    await refused("group", { networkConfiguration: within([subnet], { securityGroups: [group] }) });
    const own = { securityGroups: [network.securityGroup] };
    await refused("group's VPC", { networkConfiguration: within([foreign], own) });
    await refused("public", { networkConfiguration: within([subnet], { assignPublicIp: "ENABLED" }) });
    const six = Array.from({ length: 6 }, (_, n) => `sg-${n}`);
    await refused("groups", { networkConfiguration: within([subnet], { securityGroups: six }) });
    const invalid = (message: string) => `InvalidParameterException: ${message}`;
    expect(refusals).toEqual({
      none: invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified."),
      bridge: invalid(
        "Network Configuration is not valid for the given networkMode of this task definition.",
      ),
      empty: invalid("subnets can not be empty."),
      subnet: invalid(
        `Error retrieving subnet information for [${missing}]: The subnet ID '${missing}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
      ),
      VPCs: invalid("All subnets must belong to the same VPC."),
      group: invalid(
        `Error retrieving security group information for [${group}]: The security group '${group}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
      ),
      "group's VPC": invalid(
        `Security group ${network.securityGroup} does not appear to belong to the same VPC as the input subnets.`,
      ),
      public: invalid("Assign public IP is not supported for this launch type."),
      groups: invalid("securityGroups can have at most 5 items."),
    });
  });
});

describe("a service in awsvpc mode", () => {
  async function aService(input: Partial<CreateServiceCommandInput> = {}) {
    const world = await aCluster();
    const { ecs, network } = world;
    const networkConfiguration = within(network.subnets.slice(0, 2));
    const { service } = await ecs.send(
      new CreateServiceCommand({
        serviceName: "web",
        taskDefinition: "own",
        desiredCount: 1,
        networkConfiguration,
        ...input,
      }),
    );
    const update = async (change: Partial<UpdateServiceCommandInput>) =>
      (await ecs.send(new UpdateServiceCommand({ service: "web", ...change }))).service;
    return { ...world, service, networkConfiguration, update };
  }

  test("reads its network back as it was asked for, in itself, its deployment and its revision", async () => {
    const { ecs, service, network } = await aService();
    const asked = within(network.subnets.slice(0, 2), { securityGroups: [], assignPublicIp: "DISABLED" });
    expect(service?.networkConfiguration).toEqual(asked);
    expect(service?.deployments).toMatchObject([{ networkConfiguration: asked }]);
    const { services } = await ecs.send(new DescribeServicesCommand({ services: ["web"] }));
    expect(services?.[0]?.networkConfiguration).toEqual(asked);
    const arn = services?.[0]?.currentServiceRevisions?.[0]?.arn ?? "";
    const revisions = await ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn] }));
    expect(revisions.serviceRevisions).toMatchObject([{ networkConfiguration: asked }]);
  });

  test("begins a deployment when its network changes, and none when it does not", async () => {
    const { update, networkConfiguration, network } = await aService();
    expect((await update({ desiredCount: 2 }))?.deployments).toHaveLength(1);
    expect((await update({ networkConfiguration }))?.deployments).toHaveLength(1);
    const changed = await update({ networkConfiguration: within(network.subnets) });
    expect(changed?.deployments).toMatchObject([{ status: "PRIMARY" }, { status: "ACTIVE" }]);
    const subnets = changed?.deployments?.map((d) => d.networkConfiguration?.awsvpcConfiguration?.subnets);
    expect(subnets).toEqual([network.subnets, network.subnets.slice(0, 2)]);
  });

  test("keeps its network under another definition of its mode, and loses it in another mode", async () => {
    const { ecs, update, network } = await aService();
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "own",
        networkMode: "awsvpc",
        containerDefinitions: [{ name: "app", image: "busybox:2", memory: 64 }],
      }),
    );
    const kept = await update({ taskDefinition: "own:2" });
    expect(kept?.networkConfiguration?.awsvpcConfiguration?.subnets).toEqual(network.subnets.slice(0, 2));
    const plain = await update({ taskDefinition: "shared" });
    expect(plain?.networkConfiguration).toBeUndefined();
    const { message } = await refusal(update({ taskDefinition: "own:2" }));
    expect(message).toBe("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  });

  test("takes target groups of addresses, and one in bridge mode those of machines", async () => {
    const world = await aCluster();
    const { clients, ecs, network } = world;
    const balancer = await makeBalancer(clients, network);
    const ip = await makeGroup(clients, network, { Name: "ip" });
    const instance = await makeGroup(clients, network, { Name: "instance", TargetType: "instance" });
    for (const [n, TargetGroupArn] of [ip, instance].entries()) {
      await makeListener(clients, balancer, { Type: "forward", TargetGroupArn }, 80 + n);
    }
    const make = (taskDefinition: string, targetGroupArn: string) =>
      ecs.send(
        new CreateServiceCommand({
          serviceName: taskDefinition,
          taskDefinition,
          desiredCount: 0,
          loadBalancers: [{ targetGroupArn, containerName: "app", containerPort: 80 }],
          ...(taskDefinition === "own" ? { networkConfiguration: within(network.subnets) } : {}),
        }),
      );
    expect((await refusal(make("own", instance))).message).toBe(
      `The provided target group ${instance} has target type instance, which is incompatible with the awsvpc network mode specified in the task definition.`,
    );
    expect((await refusal(make("shared", ip))).message).toContain("target type ip, which is incompatible");
    expect((await make("own", ip)).service?.status).toBe("ACTIVE");
    expect((await make("shared", instance)).service?.status).toBe("ACTIVE");
  });

  test("is refused in AWS's words where its network cannot be", async () => {
    const { update } = await aService();
    const networkConfiguration = within(["subnet-0123456789abcdef0"]);
    expect((await refusal(update({ networkConfiguration }))).message).toContain("InvalidSubnetID.NotFound");
    expect((await refusal(update({ taskDefinition: "shared", networkConfiguration }))).message).toBe(
      "Network Configuration is not valid for the given networkMode of this task definition.",
    );
  });
});
