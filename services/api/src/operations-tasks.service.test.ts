/** Tasks through signed requests, on real PostgreSQL, with a stand-in for the scheduler. */
import {
  CreateClusterCommand,
  DeregisterContainerInstanceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type ListTasksCommandInput,
  RegisterContainerInstanceCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  type RunTaskCommandOutput,
  StartTaskCommand,
  StopTaskCommand,
  SubmitContainerStateChangeCommand,
  SubmitTaskStateChangeCommand,
} from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { type Clients, refusal, useApi } from "./api.test-data.ts";

const api = useApi();

/** A cluster with one machine of 1024 CPU units, and the definition `web` that takes 256 of them. */
async function aCluster() {
  const { ecs } = api.clients();
  await ecs.send(new CreateClusterCommand({}));
  const agent = await api.agent();
  const { containerInstance } = await agent.ecs.send(
    new RegisterContainerInstanceCommand({
      totalResources: [
        { name: "CPU", type: "INTEGER", integerValue: 1024 },
        { name: "MEMORY", type: "INTEGER", integerValue: 2048 },
      ],
    }),
  );
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      family: "web",
      containerDefinitions: [{ name: "app", image: "busybox", cpu: 256, memory: 64 }],
    }),
  );
  const run = (input: Partial<RunTaskCommandInput> = {}) =>
    ecs.send(new RunTaskCommand({ taskDefinition: "web", ...input }));
  const list = async (input: ListTasksCommandInput = {}) =>
    (await ecs.send(new ListTasksCommand(input))).taskArns ?? [];
  const describeOne = async (arn: string) =>
    (await ecs.send(new DescribeTasksCommand({ tasks: [arn] }))).tasks?.[0];
  return { ecs, agent, run, list, describeOne, instanceArn: containerInstance?.containerInstanceArn ?? "" };
}

const arnOf = ({ tasks }: RunTaskCommandOutput) => tasks?.[0]?.taskArn ?? "";

describe("RunTask", () => {
  test("answers placed tasks, which are then described and listed", async () => {
    const { ecs, run, list, instanceArn } = await aCluster();
    const tags = [{ key: "k", value: "v" }];
    const answer = await run({ count: 2, startedBy: "me", tags });
    expect(answer.failures).toEqual([]);
    expect(answer.tasks).toHaveLength(2);
    expect(answer.tasks?.[0]).toMatchObject({
      lastStatus: "PENDING",
      desiredStatus: "RUNNING",
      version: 1,
      group: "family:web",
      launchType: "EC2",
      startedBy: "me",
      containerInstanceArn: instanceArn,
      tags,
      containers: [{ name: "app", cpu: "256", memory: "64", lastStatus: "PENDING" }],
      overrides: { containerOverrides: [{ name: "app" }], inferenceAcceleratorOverrides: [] },
    });
    const tasks = answer.tasks?.map(({ taskArn }) => taskArn ?? "") ?? [];
    expect((await list()).sort()).toEqual([...tasks].sort());
    expect(await list({ family: "web", containerInstance: instanceArn })).toHaveLength(2);
    expect(await list({ family: "other" })).toEqual([]);
    expect(await list({ desiredStatus: "STOPPED" })).toEqual([]);
    const id = "f".repeat(32);
    const described = await ecs.send(new DescribeTasksCommand({ tasks: [...tasks, id] }));
    expect(described.tasks?.map(({ taskArn }) => taskArn)).toEqual(tasks);
    expect(described.failures).toMatchObject([{ reason: "MISSING" }]);
    const machine = await ecs.send(
      new DescribeContainerInstancesCommand({ containerInstances: [instanceArn] }),
    );
    const cpu = machine.containerInstances?.[0]?.remainingResources?.find(({ name }) => name === "CPU");
    expect([cpu?.integerValue, machine.containerInstances?.[0]?.pendingTasksCount]).toEqual([512, 2]);
  });

  test("says why a task was not placed, and launches the others", async () => {
    const { run, instanceArn } = await aCluster();
    const answer = await run({ count: 6 });
    expect(answer.tasks).toHaveLength(4);
    const line = { arn: instanceArn, reason: "RESOURCE:CPU" };
    expect(answer.failures).toEqual([line, line]);
  });

  test("with the same token launches once, whoever repeats it", async () => {
    const { run, list } = await aCluster();
    const answers = await Promise.all([1, 2, 3].map(() => run({ clientToken: "once" })));
    const again = await run({ clientToken: "once", count: 1 });
    expect(new Set([...answers, again].map(arnOf)).size).toBe(1);
    expect(await list()).toHaveLength(1);
  });

  test("with the same token but another request conflicts, and names what the first one made", async () => {
    const { run, list } = await aCluster();
    const first = await run({ clientToken: "once" });
    const other = await run({ clientToken: "once", startedBy: "other" }).catch((error: unknown) => error);
    expect(other).toMatchObject({ name: "ConflictException", resourceIds: [arnOf(first)] });
    expect(await list()).toHaveLength(1);
  });

  test("is refused in AWS's words, and nothing is left of it", async () => {
    const { ecs, run, list } = await aCluster();
    const codes: Record<string, string> = {};
    const refused = async (what: string, answer: Promise<unknown>) => {
      const { code, message, status } = await refusal(answer);
      expect(status).toBe(400);
      codes[what] = `${code}: ${message}`;
    };
    await refused("no definition", run({ taskDefinition: "nope" }));
    await refused("no cluster", run({ cluster: "nope" }));
    await refused("launch type", run({ launchType: "FARGATE" }));
    await refused("network", run({ networkConfiguration: { awsvpcConfiguration: { subnets: ["s"] } } }));
    await refused("service tags", run({ propagateTags: "SERVICE" }));
    await ecs.send(new CreateClusterCommand({ clusterName: "empty" }));
    await refused("empty cluster", run({ cluster: "empty" }));
    await ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "web:1" }));
    await refused("inactive", run({ taskDefinition: "web:1" }));
    expect(codes).toEqual({
      "no definition": "ClientException: TaskDefinition not found.",
      "no cluster": "ClusterNotFoundException: Cluster not found.",
      "launch type": "InvalidParameterException: Task definition does not support launch_type FARGATE.",
      network:
        "InvalidParameterException: Network Configuration is not valid for the given networkMode of this task definition.",
      "service tags":
        "InvalidParameterException: Tags can only be propagated from a task definition when a task is run.",
      "empty cluster": "InvalidParameterException: No Container Instances were found in your cluster.",
      inactive: "ClientException: TaskDefinition is inactive",
    });
    for (const bad of [
      { count: 0 },
      { count: 11 },
      { clientToken: "ü" },
      { startedBy: "a b" },
      { group: "x".repeat(256) },
    ]) {
      expect((await refusal(run({ taskDefinition: "web:1", ...bad }))).code).toMatch(/Exception$/);
    }
    expect(await list()).toEqual([]);
    expect(await api.db.query("SELECT 1 FROM launch_requests")).toEqual([]);
  });
});

test("StartTask starts on the instances named, and names those it could not", async () => {
  const { ecs, instanceArn } = await aCluster();
  const unknown = "e".repeat(32);
  const answer = await ecs.send(
    new StartTaskCommand({ taskDefinition: "web", containerInstances: [instanceArn, unknown] }),
  );
  expect(answer.tasks).toMatchObject([{ containerInstanceArn: instanceArn, lastStatus: "PENDING" }]);
  expect(answer.failures).toMatchObject([{ arn: expect.stringContaining(unknown), reason: "MISSING" }]);
  const none = ecs.send(new StartTaskCommand({ taskDefinition: "web", containerInstances: [] }));
  expect((await refusal(none)).message).toBe("Container Instances cannot be empty.");
});

describe("a task", () => {
  const report = (by: Clients, task: string, status: string, exitCode?: number) =>
    by.ecs.send(
      new SubmitTaskStateChangeCommand({
        task,
        status,
        containers: [
          { containerName: "app", status, runtimeId: "c1", ...(exitCode === undefined ? {} : { exitCode }) },
        ],
      }),
    );

  test("runs and ends as its agent reports, and no sooner", async () => {
    const { agent, run, list, describeOne } = await aCluster();
    const arn = arnOf(await run());
    const pull = { pullStartedAt: new Date(1_000_000), pullStoppedAt: new Date(2_000_000) };
    await agent.ecs.send(new SubmitTaskStateChangeCommand({ task: arn, status: "PENDING", ...pull }));
    await agent.ecs.send(
      new SubmitContainerStateChangeCommand({
        task: arn,
        containerName: "app",
        status: "RUNNING",
        runtimeId: "c1",
        networkBindings: [{ bindIP: "0.0.0.0", containerPort: 80, hostPort: 32_768, protocol: "tcp" }],
      }),
    );
    expect((await report(agent, arn, "RUNNING")).acknowledgment).toBe("ACK");
    expect(await describeOne(arn)).toMatchObject({
      lastStatus: "RUNNING",
      ...pull,
      startedAt: expect.any(Date),
      containers: [{ lastStatus: "RUNNING", runtimeId: "c1", networkBindings: [{ hostPort: 32_768 }] }],
    });
    await Promise.all([report(agent, arn, "STOPPED", 3), report(agent, arn, "STOPPED", 3)]);
    await report(agent, arn, "RUNNING");
    expect(await describeOne(arn)).toMatchObject({
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ lastStatus: "STOPPED", exitCode: 3 }],
    });
    expect(await list()).toEqual([]);
    expect(await list({ desiredStatus: "STOPPED" })).toEqual([arn]);
  });

  test("is stopped with the words of whoever asked first, and asking again changes nothing", async () => {
    const { ecs, run, list } = await aCluster();
    const task = arnOf(await run());
    const first = await ecs.send(new StopTaskCommand({ task, reason: "enough" }));
    expect(first.task).toMatchObject({
      desiredStatus: "STOPPED",
      stopCode: "UserInitiated",
      stoppedReason: "enough",
    });
    const again = await ecs.send(new StopTaskCommand({ task, reason: "other" }));
    expect(again.task).toMatchObject({ stoppedReason: "enough", version: first.task?.version });
    expect(await list()).toEqual([]);
    const missing = ecs.send(new StopTaskCommand({ task: "d".repeat(32) }));
    expect(await refusal(missing)).toMatchObject({
      code: "InvalidParameterException",
      message: "The referenced task was not found.",
    });
  });

  test("obeys its own machine's agent alone; what is unknown is acknowledged, what is senseless is not", async () => {
    const { run, describeOne } = await aCluster();
    const task = arnOf(await run());
    const other = await api.agent();
    expect((await refusal(report(other, task, "STOPPED", 0))).code).toBe("ClientException");
    await other.ecs.send(
      new RegisterContainerInstanceCommand({
        totalResources: [
          { name: "CPU", type: "INTEGER", integerValue: 1 },
          { name: "MEMORY", type: "INTEGER", integerValue: 1 },
        ],
      }),
    );
    expect((await report(other, task, "STOPPED", 0)).acknowledgment).toBe("ACK");
    expect((await describeOne(task))?.lastStatus).toBe("PENDING");
    expect((await report(other, "c".repeat(32), "STOPPED")).acknowledgment).toBe("ACK");
    expect((await refusal(report(other, task, "EXPLODED"))).code).toBe("InvalidParameterException");
  });

  test("is reported with any words and times, however long or odd", async () => {
    const { agent, run, describeOne } = await aCluster();
    const task = arnOf(await run());
    const reason = `${"x".repeat(1_023)}\u{1f600}`;
    const zero = new Date("0001-01-01T00:00:00Z");
    const containers = [{ containerName: "app", status: "STOPPED", exitCode: 1, reason }];
    const odd = { reason, containers, pullStartedAt: new Date(-8.64e15), executionStoppedAt: zero };
    await agent.ecs.send(new SubmitTaskStateChangeCommand({ task, status: "STOPPED", ...odd }));
    expect(await describeOne(task)).toMatchObject({
      lastStatus: "STOPPED",
      containers: [{ exitCode: 1, reason: `${"x".repeat(1_023)}\ufffd` }],
    });
  });

  test("outlives its instance's deregistration only as a stopped one, and only by force", async () => {
    const { ecs, run, describeOne, instanceArn } = await aCluster();
    const task = arnOf(await run());
    const politely = ecs.send(new DeregisterContainerInstanceCommand({ containerInstance: instanceArn }));
    expect((await refusal(politely)).message).toBe("Found running tasks on the instance.");
    await ecs.send(new DeregisterContainerInstanceCommand({ containerInstance: instanceArn, force: true }));
    expect(await describeOne(task)).toMatchObject({
      lastStatus: "STOPPED",
      stopCode: "UserInitiated",
      stoppedReason: "Container instance deregistration forced by user",
    });
  });

  test("of another cluster is refused by its ARN, and an empty question is an error", async () => {
    const { ecs, run } = await aCluster();
    const task = arnOf(await run());
    await ecs.send(new CreateClusterCommand({ clusterName: "other" }));
    const elsewhere = ecs.send(new DescribeTasksCommand({ cluster: "other", tasks: [task] }));
    expect((await refusal(elsewhere)).message).toContain(
      "Identifier is for cluster default. Your cluster is other",
    );
    expect((await refusal(ecs.send(new DescribeTasksCommand({ tasks: [] })))).message).toBe(
      "Tasks cannot be empty.",
    );
    const mixed = ecs.send(new ListTasksCommand({ startedBy: "me", family: "web" }));
    expect((await refusal(mixed)).code).toBe("InvalidParameterException");
  });
});
