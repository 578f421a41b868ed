import {
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  paginateListTasks,
  RunTaskCommand,
  StartTaskCommand,
  StopTaskCommand,
  SubmitContainerStateChangeCommand,
  SubmitTaskStateChangeCommand,
  waitUntilTasksRunning,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { afterAll, describe, expect, test } from "vitest";
import { createAccount } from "./support/account.ts";
import { containersOfTask } from "./support/engine.ts";
import { pagesOf } from "./support/pages.ts";
import { container, register, runTask, runTasks, UNTIL_STOPPED } from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
afterAll(() => account.close());
const { accountId, ecs } = account;

const arn = (resource: string) => `arn:aws:ecs:us-east-1:${accountId}:${resource}`;
const WAIT = { client: ecs, minDelay: 1, maxDelay: 1, maxWaitTime: 60 };

describe("tasks", () => {
  test("are run, waited for, listed, described and stopped", async () => {
    const taskDefinition = await register(ecs, "life", [container(UNTIL_STOPPED)]);
    const { tasks = [], failures } = await ecs.send(
      new RunTaskCommand({
        taskDefinition,
        count: 2,
        startedBy: "e2e",
        group: "crew",
        tags: [{ key: "a", value: "b" }],
      }),
    );
    expect(failures).toEqual([]);
    expect(tasks).toHaveLength(2);
    expect(tasks[0]).toMatchObject({
      taskArn: expect.stringMatching(new RegExp(`^${arn("task/default/")}[0-9a-f]{32}$`)),
      clusterArn: arn("cluster/default"),
      taskDefinitionArn: taskDefinition,
      containerInstanceArn: expect.stringContaining(arn("container-instance/default/")),
      desiredStatus: "RUNNING",
      lastStatus: "PENDING",
      launchType: "EC2",
      startedBy: "e2e",
      group: "crew",
      tags: [{ key: "a", value: "b" }],
      overrides: { containerOverrides: [{ name: "main" }], inferenceAcceleratorOverrides: [] },
      containers: [{ name: "main", lastStatus: "PENDING", cpu: "16", memory: "16" }],
      createdAt: expect.any(Date),
      version: expect.any(Number),
    });
    const arns = tasks.map(({ taskArn }) => taskArn ?? "");
    const waited = await waitUntilTasksRunning(WAIT, { tasks: arns });
    expect(waited.state).toBe("SUCCESS");

    const listed = await pagesOf(
      paginateListTasks({ client: ecs, pageSize: 1 }, { family: "life" }),
      (p) => p.taskArns,
    );
    expect(listed.all.toSorted()).toEqual(arns.toSorted());
    expect(listed.count).toBe(2);
    expect((await ecs.send(new ListTasksCommand({ startedBy: "e2e" }))).taskArns?.toSorted()).toEqual(
      arns.toSorted(),
    );
    expect((await ecs.send(new ListTasksCommand({ desiredStatus: "PENDING" }))).taskArns).toEqual([]);
    await expect(ecs.send(new ListTasksCommand({ startedBy: "e2e", family: "life" }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });

    const absent = "0".repeat(32);
    const described = await ecs.send(
      new DescribeTasksCommand({ tasks: [arns[0] ?? "", absent], include: ["TAGS"] }),
    );
    expect(described.tasks).toMatchObject([
      { taskArn: arns[0], lastStatus: "RUNNING", tags: [{ key: "a", value: "b" }] },
    ]);
    expect(described.failures).toEqual([{ arn: arn(`task/default/${absent}`), reason: "MISSING" }]);
    const id = arns[0]?.split("/").at(-1) ?? "";
    const short = await ecs.send(new DescribeTasksCommand({ tasks: [id] }));
    expect(short.tasks?.[0]).toMatchObject({ taskArn: arns[0], tags: [] });

    for (const task of arns) {
      const stopped = await ecs.send(new StopTaskCommand({ task, reason: "done" }));
      expect(stopped.task?.desiredStatus).toBe("STOPPED");
    }
    expect((await ecs.send(new ListTasksCommand({ family: "life" }))).taskArns).toEqual([]);
    expect((await waitUntilTasksStopped(WAIT, { tasks: arns })).state).toBe("SUCCESS");
    const ended = await ecs.send(new ListTasksCommand({ family: "life", desiredStatus: "STOPPED" }));
    expect(ended.taskArns?.toSorted()).toEqual(arns.toSorted());
    const versions = (await ecs.send(new DescribeTasksCommand({ tasks: arns }))).tasks?.map(
      ({ version }) => version ?? 0,
    );
    expect(Math.min(...(versions ?? []))).toBeGreaterThan(tasks[0]?.version ?? 0);
  });

  test("are started on the instance that is named", async () => {
    const taskDefinition = await register(ecs, "placed", [container(UNTIL_STOPPED)]);
    const [instance = ""] =
      (await ecs.send(new ListContainerInstancesCommand({}))).containerInstanceArns ?? [];
    const absent = "e".repeat(32);
    const { tasks, failures } = await ecs.send(
      new StartTaskCommand({ taskDefinition, containerInstances: [instance, absent] }),
    );
    expect(tasks).toMatchObject([{ containerInstanceArn: instance, launchType: "EC2" }]);
    expect(failures).toMatchObject([{ arn: arn(`container-instance/default/${absent}`), reason: "MISSING" }]);
    const listed = await ecs.send(new ListTasksCommand({ containerInstance: instance, family: "placed" }));
    expect(listed.taskArns).toEqual([tasks?.[0]?.taskArn]);
  });

  test("that one clientToken names are the same tasks, and other parameters are a conflict", async () => {
    const taskDefinition = await register(ecs, "token", [container(UNTIL_STOPPED)]);
    const request = { taskDefinition, count: 2, clientToken: "one-token" };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => runTasks(ecs, taskDefinition, request)),
    );
    const sets = answers.map((tasks) => tasks.map(({ taskArn }) => taskArn ?? "").toSorted());
    expect(sets[0]).toHaveLength(2);
    for (const set of sets) expect(set).toEqual(sets[0]);
    await expect(ecs.send(new RunTaskCommand({ ...request, count: 1 }))).rejects.toMatchObject({
      name: "ConflictException",
      resourceIds: expect.arrayContaining(sets[0] ?? []),
    });
    expect((await ecs.send(new ListTasksCommand({ family: "token" }))).taskArns?.toSorted()).toEqual(sets[0]);
    await waitUntilTasksRunning(WAIT, { tasks: sets[0] ?? [] });
    for (const taskArn of sets[0] ?? []) expect(await containersOfTask(taskArn)).toHaveLength(1);
  });

  test("end a waiter for RUNNING with a failure when they stop", async () => {
    const task = await runTask(ecs, await register(ecs, "brief", [container("exit 1")]));
    await waitUntilTasksStopped(WAIT, { tasks: [task] });
    await expect(waitUntilTasksRunning(WAIT, { tasks: [task] })).rejects.toThrow();
    await expect(waitUntilTasksRunning(WAIT, { tasks: ["0".repeat(32)] })).rejects.toThrow();
  });

  test("take reports of their agent, acknowledge them, and never go backwards for one", async () => {
    const task = await runTask(ecs, await register(ecs, "reports", [container("exit 0")]));
    await waitUntilTasksStopped(WAIT, { tasks: [task] });
    const late = await ecs.send(
      new SubmitTaskStateChangeCommand({ cluster: "default", task, status: "RUNNING" }),
    );
    expect(late.acknowledgment).toEqual(expect.any(String));
    const part = { cluster: "default", task, containerName: "main", status: "RUNNING" };
    expect((await ecs.send(new SubmitContainerStateChangeCommand(part))).acknowledgment).toEqual(
      expect.any(String),
    );
    const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [task] }));
    expect(tasks).toMatchObject([
      { lastStatus: "STOPPED", containers: [{ lastStatus: "STOPPED", exitCode: 0 }] },
    ]);
  });
});
