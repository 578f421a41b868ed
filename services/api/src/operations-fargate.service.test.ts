/** Fargate tasks and services through signed requests, on real PostgreSQL; nobody gives them hosts here. */
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListClustersCommand,
  ListContainerInstancesCommand,
  PutClusterCapacityProvidersCommand,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  StopTaskCommand,
  SubmitTaskStateChangeCommand,
} from "@aws-sdk/client-ecs";
import { ensureFleet } from "@roadstead/db/fargate-fleets";
import { findScope } from "@roadstead/db/scopes";
import { FLEET_CLUSTER } from "@roadstead/model/fargate";
import { describe, expect, test } from "vitest";
import { ACCOUNT, REGION, refusal, useApi } from "./api.test-data.ts";
import { defaultNetwork } from "./elb.test-data.ts";

const api = useApi();

/** The default cluster with a definition that Fargate takes and one that it does not, and no machine. */
async function aCluster() {
  const { ecs } = api.clients();
  const { subnets } = await defaultNetwork(api.db);
  await ecs.send(new CreateClusterCommand({}));
  const containerDefinitions = [{ name: "app", image: "busybox" }];
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "own",
      networkMode: "awsvpc",
      requiresCompatibilities: ["FARGATE"],
      cpu: "256",
      memory: "512",
      containerDefinitions,
    }),
  );
  const shared = [{ name: "app", image: "busybox", memory: 64 }];
  await ecs.send(new RegisterTaskDefinitionCommand({ family: "shared", containerDefinitions: shared }));
  const networkConfiguration = { awsvpcConfiguration: { subnets: [...subnets] } };
  const run = (input: Partial<RunTaskCommandInput> = {}) =>
    ecs.send(
      new RunTaskCommand({ taskDefinition: "own", launchType: "FARGATE", networkConfiguration, ...input }),
    );
  const create = async (input: Partial<CreateServiceCommandInput> = {}) => {
    const wanted = { serviceName: "web", taskDefinition: "own", desiredCount: 2, networkConfiguration };
    return (await ecs.send(new CreateServiceCommand({ ...wanted, ...input }))).service;
  };
  return { ecs, run, create };
}

const words = async (answer: Promise<unknown>) => (await refusal(answer)).message;

const OF_PROVIDERS = { launchType: undefined } as const;

async function withProviders() {
  const cluster = await aCluster();
  await cluster.ecs.send(
    new PutClusterCapacityProvidersCommand({
      cluster: "default",
      capacityProviders: ["FARGATE", "FARGATE_SPOT"],
      defaultCapacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }],
    }),
  );
  return cluster;
}

describe("RunTask", () => {
  test("answers at once with PROVISIONING tasks of Fargate's shape, though the cluster has no instance", async () => {
    const { run } = await aCluster();
    const { tasks = [], failures } = await run({ count: 2, platformVersion: "LATEST" });
    expect(failures).toEqual([]);
    expect(tasks).toHaveLength(2);
    expect(tasks[0]).toMatchObject({
      launchType: "FARGATE",
      lastStatus: "PROVISIONING",
      desiredStatus: "RUNNING",
      cpu: "256",
      memory: "512",
      platformVersion: "1.4.0",
      platformFamily: "Linux",
      ephemeralStorage: { sizeInGiB: 20 },
      attachments: [{ type: "ElasticNetworkInterface", status: "PRECREATED" }],
      version: 1,
    });
    expect(tasks[0]).not.toHaveProperty("containerInstanceArn");
    expect(tasks[0]).not.toHaveProperty("capacityProviderName");
  });

  test("a task that is stopped while it waits has stopped, as its user said", async () => {
    const { ecs, run } = await aCluster();
    const [task] = (await run()).tasks ?? [];
    const stop = await ecs.send(new StopTaskCommand({ task: task?.taskArn ?? "", reason: "enough" }));
    expect(stop.task).toMatchObject({ lastStatus: "STOPPED", stopCode: "UserInitiated" });
    const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [task?.taskArn ?? ""] }));
    expect(tasks?.[0]).toMatchObject({ lastStatus: "STOPPED", stoppedReason: "enough" });
  });

  test.each([
    [{ taskDefinition: "shared" }, "Task definition does not support launch_type FARGATE."],
    [{ platformVersion: "9.9.9" }, "The specified platform version does not exist."],
    [
      { overrides: { cpu: "256", memory: "4096" } },
      "No Fargate configuration exists for given values: 256 CPU, 4096 memory.",
    ],
    [
      { placementConstraints: [{ type: "distinctInstance" as const }] },
      "Placement constraints are not supported with FARGATE launch type.",
    ],
    [{ networkConfiguration: undefined }, "Network Configuration must be provided"],
    [
      { capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }] },
      "Specify either Launch Type or Capacity Provider Strategy, but not both.",
    ],
    [
      { ...OF_PROVIDERS, capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }] },
      "is not associated with the cluster",
    ],
  ])("%o is refused in AWS's words", async (input, message) => {
    const { run } = await aCluster();
    expect(await words(run(input as Partial<RunTaskCommandInput>))).toContain(message);
  });

  test("an override of the size is another of Fargate's sizes", async () => {
    const { run } = await aCluster();
    const { tasks } = await run({ overrides: { cpu: "512", memory: "1024" } });
    expect(tasks?.[0]).toMatchObject({ cpu: "512", memory: "1024" });
  });
});

describe("a strategy", () => {
  test("shares a launch out among its providers, and each task names its own", async () => {
    const { run } = await withProviders();
    const { tasks = [] } = await run({
      ...OF_PROVIDERS,
      count: 4,
      capacityProviderStrategy: [
        { capacityProvider: "FARGATE", base: 1, weight: 1 },
        { capacityProvider: "FARGATE_SPOT", weight: 1 },
      ],
    });
    expect(tasks.map(({ capacityProviderName }) => capacityProviderName).sort()).toEqual([
      "FARGATE",
      "FARGATE",
      "FARGATE",
      "FARGATE_SPOT",
    ]);
  });

  test("of the cluster holds where nothing is said", async () => {
    const { run } = await withProviders();
    const { tasks } = await run(OF_PROVIDERS);
    expect(tasks?.[0]).toMatchObject({ launchType: "FARGATE", capacityProviderName: "FARGATE" });
  });

  test("needs a weight, and one base at most", async () => {
    const { run } = await withProviders();
    const weightless = [{ capacityProvider: "FARGATE" }];
    expect(await words(run({ ...OF_PROVIDERS, capacityProviderStrategy: weightless }))).toContain("weight");
    const bases = ["FARGATE", "FARGATE_SPOT"].map((capacityProvider) => ({
      capacityProvider,
      base: 1,
      weight: 1,
    }));
    expect(await words(run({ ...OF_PROVIDERS, capacityProviderStrategy: bases }))).toContain("base");
  });

  test("keeps its provider in the cluster while a service uses it", async () => {
    const { ecs, create } = await withProviders();
    const capacityProviderStrategy = [{ capacityProvider: "FARGATE_SPOT", weight: 1 }];
    const service = await create({ capacityProviderStrategy });
    expect(service).toMatchObject({ capacityProviderStrategy: [{ capacityProvider: "FARGATE_SPOT" }] });
    expect(service).not.toHaveProperty("launchType");
    const put = new PutClusterCapacityProvidersCommand({
      cluster: "default",
      capacityProviders: ["FARGATE"],
      defaultCapacityProviderStrategy: [],
    });
    expect(await words(ecs.send(put))).toContain("is in use and cannot be removed");
  });
});

test("a service says what it runs on as AWS does, and its cluster counts it", async () => {
  const { ecs, create } = await aCluster();
  expect(await create({ launchType: "FARGATE" })).toMatchObject({
    launchType: "FARGATE",
    platformVersion: "LATEST",
    platformFamily: "Linux",
    deployments: [{ launchType: "FARGATE", platformVersion: "1.4.0", platformFamily: "Linux" }],
  });
  const described = await ecs.send(new DescribeServicesCommand({ services: ["web"] }));
  expect(described.services?.[0]).toMatchObject({ launchType: "FARGATE", platformVersion: "LATEST" });
  const { clusters } = await ecs.send(new DescribeClustersCommand({ include: ["STATISTICS"] }));
  expect(clusters?.[0]?.statistics).toContainEqual({ name: "activeFargateServiceCount", value: "1" });
  const daemon = create({
    serviceName: "each",
    launchType: "FARGATE",
    schedulingStrategy: "DAEMON",
    desiredCount: undefined,
  });
  expect(await words(daemon)).toContain("daemon scheduling strategy");
});

test("a fleet's cluster is seen by its agents alone, who report of tasks that are in other clusters", async () => {
  const { ecs, run } = await aCluster();
  const scope = await findScope(api.db, { accountId: ACCOUNT, region: REGION });
  await api.db.write((tx) => ensureFleet(tx, scope?.id ?? 0));
  const totalResources = [
    { name: "CPU", type: "INTEGER", integerValue: 1024 },
    { name: "MEMORY", type: "INTEGER", integerValue: 2048 },
  ];
  const agent = await api.agent(FLEET_CLUSTER);
  const { containerInstance } = await agent.ecs.send(
    new RegisterContainerInstanceCommand({ cluster: FLEET_CLUSTER, totalResources }),
  );
  const [task] = (await run()).tasks ?? [];
  const id = (arn: string | undefined) => arn?.split("/").at(-1) ?? "";
  await api.db.query("UPDATE task_state SET instance_id = $2, last_status = 'PENDING' WHERE task_id = $1", [
    id(task?.taskArn),
    id(containerInstance?.containerInstanceArn),
  ]);
  const report = { cluster: task?.clusterArn, task: task?.taskArn, status: "RUNNING" };
  await agent.ecs.send(new SubmitTaskStateChangeCommand(report));
  const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [task?.taskArn ?? ""] }));
  expect(tasks?.[0]).toMatchObject({ lastStatus: "RUNNING" });
  expect(tasks?.[0]).not.toHaveProperty("containerInstanceArn");

  const { clusterArns } = await ecs.send(new ListClustersCommand({}));
  expect(clusterArns).toEqual([`arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/default`]);
  const listed = await ecs.send(new ListContainerInstancesCommand({}));
  expect(listed.containerInstanceArns).toEqual([]);
  const register = new RegisterContainerInstanceCommand({ cluster: FLEET_CLUSTER, totalResources });
  expect(await words(ecs.send(register))).toContain("Invalid identifier");
  const named = ecs.send(new DescribeClustersCommand({ clusters: [FLEET_CLUSTER] }));
  expect(await words(named)).toContain("Invalid identifier");
  const outsider = await api.agent();
  const foreign = new SubmitTaskStateChangeCommand({ ...report, status: "STOPPED" });
  expect(await words(outsider.ecs.send(foreign))).toBeTruthy();
});
