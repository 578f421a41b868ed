import { createServer } from "node:net";
import {
  DeregisterContainerInstanceCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  RunTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import {
  containersOfAccount,
  containersOfTask,
  inspect,
  killContainer,
  removeContainer,
} from "./support/engine.ts";
import { startSecondAgent } from "./support/second-agent.ts";
import {
  container,
  containerOf,
  launch,
  register,
  runTask,
  stopTask,
  UNTIL_STOPPED,
  untilRunning,
  untilStopped,
  untilTask,
} from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 1024, memory: 512 } });
const { ecs } = account;
afterAll(() => account.close());

const ESSENTIAL = {
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
};

/** In the order in which they happen; a moment that never came is absent. */
const MOMENTS = [
  "createdAt",
  "pullStartedAt",
  "pullStoppedAt",
  "startedAt",
  "executionStoppedAt",
  "stoppedAt",
] as const;

function expectTruthfulTimes(task: Task, absent: readonly (typeof MOMENTS)[number][] = []): void {
  const times = MOMENTS.flatMap((name) => (task[name] ? [{ name, at: task[name].getTime() }] : []));
  expect(times).toEqual(times.toSorted((a, b) => a.at - b.at));
  expect(MOMENTS.filter((name) => task[name] === undefined)).toEqual(absent);
  expect(task.stoppingAt?.getTime()).toBeGreaterThanOrEqual(task.createdAt?.getTime() ?? Number.NaN);
  expect(task.stoppingAt?.getTime()).toBeLessThanOrEqual(task.stoppedAt?.getTime() ?? Number.NaN);
  expect(task).toMatchObject({ desiredStatus: "STOPPED", lastStatus: "STOPPED" });
}

async function onlyContainer(taskArn: string): Promise<string> {
  const found = await containersOfTask(taskArn);
  expect(found).toHaveLength(1);
  return found[0]?.Id ?? "";
}

describe("a task whose essential container ends by itself", () => {
  test.each([0, 3])("with code %i shows that code and no reason", async (code) => {
    const task = await untilStopped(ecs, await launch(ecs, "exits", [container(`exit ${code}`)]));
    expect(task).toMatchObject(ESSENTIAL);
    expect(containerOf(task)).toMatchObject({ lastStatus: "STOPPED", exitCode: code });
    expect(containerOf(task).reason).toBeUndefined();
    expectTruthfulTimes(task);
  });

  test("by taking more memory than it may shows OutOfMemoryError and 137", async () => {
    const greedy = container("", { command: ["tail", "/dev/zero"], memory: 8 });
    const task = await untilStopped(ecs, await launch(ecs, "oom", [greedy]));
    expect(task).toMatchObject(ESSENTIAL);
    expect(containerOf(task)).toMatchObject({
      exitCode: 137,
      reason: "OutOfMemoryError: Container killed due to memory usage",
    });
    expectTruthfulTimes(task);
  });

  test("by a signal from outside shows 128 plus the signal", async () => {
    const taskArn = await launch(ecs, "signal", [container(UNTIL_STOPPED)]);
    await untilRunning(ecs, taskArn);
    await killContainer(await onlyContainer(taskArn), "KILL");
    const task = await untilStopped(ecs, taskArn);
    expect(task).toMatchObject(ESSENTIAL);
    expect(containerOf(task).exitCode).toBe(137);
    expect(containerOf(task).reason).toBeUndefined();
    expectTruthfulTimes(task);
  });

  test("removed by hand is reported as ended, never as running", async () => {
    const taskArn = await launch(ecs, "removed", [container(UNTIL_STOPPED)]);
    await untilRunning(ecs, taskArn);
    await removeContainer(await onlyContainer(taskArn));
    const task = await untilStopped(ecs, taskArn);
    expect(task).toMatchObject(ESSENTIAL);
    const { exitCode, reason } = containerOf(task);
    // The engine may forget the container before anyone could ask for its exit code.
    if (exitCode === undefined)
      expect(reason).toMatch(/^(ContainerVanished|CannotInspectContainer|DockerState)Error/);
    else expect(exitCode).toBe(137);
    expectTruthfulTimes(task);
  });
});

describe("a task that cannot start", () => {
  test("for want of its image shows CannotPullContainerError and no exit code", async () => {
    // Nobody listens there: the pull fails at once, on a machine with a network or without.
    const missing = container("exit 0", { image: "127.0.0.1:1/no-such-image:latest" });
    const task = await untilStopped(ecs, await launch(ecs, "image-missing", [missing]));
    expect(task.stopCode).toBe("TaskFailedToStart");
    expect(task.stoppedReason).toMatch(/^CannotPullContainerError: .+/);
    expect(containerOf(task).reason).toMatch(/^CannotPullContainerError: .+/);
    expect(containerOf(task).exitCode).toBeUndefined();
    expect(task.startedAt).toBeUndefined();
    expect(task.pullStartedAt?.getTime()).toBeLessThanOrEqual(task.stoppedAt?.getTime() ?? Number.NaN);
  });

  test("for want of its program shows CannotStartContainerError", async () => {
    const wrong = container("", { command: ["/no/such/program"] });
    const task = await untilStopped(ecs, await launch(ecs, "bad-command", [wrong]));
    expect(task).toMatchObject({ stopCode: "TaskFailedToStart", stoppedReason: "Task failed to start" });
    expect(containerOf(task).reason).toMatch(/^CannotStartContainerError: .*no such file or directory/);
    expect(containerOf(task).exitCode).toBeUndefined();
    expect(task.startedAt).toBeUndefined();
  });

  test("because another program holds its host port says so", async () => {
    const foreign = createServer().listen(0, "0.0.0.0");
    await vi.waitFor(() => expect(foreign.listening).toBe(true));
    const { port } = foreign.address() as { readonly port: number };
    try {
      const clash = container(UNTIL_STOPPED, { portMappings: [{ containerPort: 80, hostPort: port }] });
      const task = await untilStopped(ecs, await launch(ecs, "port-clash", [clash]));
      expect(task).toMatchObject({ stopCode: "TaskFailedToStart", stoppedReason: "Task failed to start" });
      expect(containerOf(task).reason).toMatch(
        /^CannotStartContainerError: .*(already in use|already allocated)/,
      );
      expect(task.startedAt).toBeUndefined();
    } finally {
      foreign.close();
    }
  });

  test("because a container it depends on failed says so, and the dependent never ran", async () => {
    const taskArn = await launch(ecs, "dependency-failed", [
      container("exit 4", { name: "migrate", essential: false }),
      container(UNTIL_STOPPED, { dependsOn: [{ containerName: "migrate", condition: "SUCCESS" }] }),
    ]);
    const task = await untilStopped(ecs, taskArn);
    expect(task.stopCode).toBe("TaskFailedToStart");
    expect(containerOf(task, "migrate").exitCode).toBe(4);
    expect(containerOf(task).exitCode).toBeUndefined();
    expect(`${task.stoppedReason} ${containerOf(task).reason}`).toMatch(/TaskDependencyError|dependenc/i);
    expect(task.startedAt).toBeUndefined();
  });

  test("because it is too large for any instance starts nothing and names the resource", async () => {
    const taskDefinition = await register(ecs, "too-large", [container("exit 0", { memory: 4_096 })]);
    const { tasks, failures } = await ecs.send(new RunTaskCommand({ taskDefinition }));
    expect(tasks).toEqual([]);
    expect(failures).toMatchObject([
      { arn: expect.stringContaining(":container-instance/default/"), reason: "RESOURCE:MEMORY" },
    ]);
  });
});

describe("a task that a user stops", () => {
  test("carries the user's reason, and the code its container chose", async () => {
    const taskArn = await launch(ecs, "stopped", [container("trap 'exit 7' TERM; sleep 3600 & wait")]);
    await untilRunning(ecs, taskArn);
    const answer = await stopTask(ecs, taskArn, "the reason I gave");
    expect(answer).toMatchObject({ desiredStatus: "STOPPED", stopCode: "UserInitiated" });
    const task = await untilStopped(ecs, taskArn);
    expect(task).toMatchObject({ stopCode: "UserInitiated", stoppedReason: "the reason I gave" });
    expect(containerOf(task).exitCode).toBe(7);
    expectTruthfulTimes(task);
    expect(await stopTask(ecs, taskArn, "again")).toMatchObject({ stoppedReason: "the reason I gave" });
  });

  test("without a reason says so, and one that will not listen is killed after its stopTimeout", async () => {
    const taskArn = await launch(ecs, "stubborn", [
      container("trap '' TERM; while :; do sleep 1; done", { stopTimeout: 2 }),
    ]);
    await untilRunning(ecs, taskArn);
    const asked = Date.now();
    await stopTask(ecs, taskArn);
    const task = await untilStopped(ecs, taskArn);
    expect(Date.now() - asked).toBeGreaterThanOrEqual(2_000);
    expect(task).toMatchObject({ stopCode: "UserInitiated", stoppedReason: "Task stopped by user" });
    expect(containerOf(task).exitCode).toBe(137);
    expectTruthfulTimes(task);
  });
});

test("a task whose agent is lost shows DISCONNECTED, runs on, and stops for us when its instance is forced out", async () => {
  const lost = await createAccount();
  const agent = await startSecondAgent(lost, { cpu: 512, memory: 256 });
  try {
    const taskArn = await launch(lost.ecs, "agent-lost", [container(UNTIL_STOPPED)]);
    const running = await untilTask(
      lost.ecs,
      taskArn,
      (t) => t.lastStatus === "RUNNING" && t.connectivity === "CONNECTED",
    );
    const containerId = await onlyContainer(taskArn);
    await agent.stop();
    await vi.waitFor(
      async () => {
        const { containerInstances } = await lost.ecs.send(
          new DescribeContainerInstancesCommand({ containerInstances: [running.containerInstanceArn ?? ""] }),
        );
        expect(containerInstances?.[0]?.agentConnected).toBe(false);
      },
      { timeout: 60_000, interval: 200 },
    );
    await untilTask(lost.ecs, taskArn, ({ connectivity }) => connectivity === "DISCONNECTED");
    const again = await lost.ecs.send(new RunTaskCommand({ taskDefinition: "agent-lost" }));
    expect(again).toMatchObject({ tasks: [], failures: [{ reason: "AGENT" }] });

    const deregister = { containerInstance: running.containerInstanceArn ?? "" };
    await expect(lost.ecs.send(new DeregisterContainerInstanceCommand(deregister))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "Found running tasks on the instance.",
    });
    const forced = await lost.ecs.send(
      new DeregisterContainerInstanceCommand({ ...deregister, force: true }),
    );
    expect(forced.containerInstance?.status).toBe("INACTIVE");
    const task = await untilStopped(lost.ecs, taskArn);
    expect(task.stopCode).toBe("UserInitiated");
    expect(task.stoppedReason).toMatch(/deregist/i);
    // AWS leaves the containers of a forced deregistration running.
    expect((await inspect(containerId)).State.Running).toBe(true);
    expect(await lost.ecs.send(new ListContainerInstancesCommand({}))).toMatchObject({
      containerInstanceArns: [],
    });
    const described = await lost.ecs.send(new DescribeTasksCommand({ tasks: [taskArn] }));
    expect(described.failures).toEqual([]);
    await removeContainer(containerId);
  } finally {
    await agent.stop();
    for (const { Id } of await containersOfAccount(lost.accountId)) await removeContainer(Id);
  }
});

test("a reason that is given for one task never shows on another of the same family", async () => {
  const taskDefinition = await register(ecs, "pair", [container(UNTIL_STOPPED)]);
  const [first, second] = [await runTask(ecs, taskDefinition), await runTask(ecs, taskDefinition)];
  await Promise.all([untilRunning(ecs, first), untilRunning(ecs, second)]);
  await Promise.all([stopTask(ecs, first, "one"), stopTask(ecs, second, "two")]);
  expect(await untilStopped(ecs, first)).toMatchObject({ stoppedReason: "one" });
  expect(await untilStopped(ecs, second)).toMatchObject({ stoppedReason: "two" });
});
