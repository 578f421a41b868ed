import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  DeleteClusterCommand,
  ListTasksCommand,
  UpdateContainerInstancesStateCommand,
  UpdateServiceCommand,
  waitUntilServicesStable,
} from "@aws-sdk/client-ecs";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { taskEvents } from "../chaos/event-log.ts";
import { settingOf } from "../chaos/processes.ts";
import { leftBand, unorderly } from "../chaos/task-log.ts";
import { createAccount } from "./support/account.ts";
import { containersOfTask, inspectContainerOf } from "./support/engine.ts";
import { startSecondAgent } from "./support/second-agent.ts";
import {
  createService,
  deleteAllServices,
  deleteService,
  describeService,
  sayings,
  tasksOfService,
  untilRolledOut,
  untilService,
} from "./support/services.ts";
import { container, register, stopTask, UNTIL_STOPPED } from "./support/tasks.ts";

const run = promisify(execFile);
const SIZE = { cpu: 1024, memory: 1024 };
const account = await createAccount({ agent: SIZE });
const { ecs } = account;
const definition = await register(ecs, "web", [container(UNTIL_STOPPED)]);

afterEach(() => deleteAllServices(ecs));
afterAll(() => account.close());

describe("a service", () => {
  test("keeps as many tasks as desired, of its own deployment, and says so in ECS's words", async () => {
    await createService(ecs, "keeper", definition, { desiredCount: 3 });
    await waitUntilServicesStable(
      { client: ecs, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      { services: ["keeper"] },
    );
    const service = await untilRolledOut(ecs, "keeper");
    const tasks = await tasksOfService(ecs, "keeper");
    const startedBy = service.deployments?.[0]?.id;
    expect(tasks).toHaveLength(3);
    for (const task of tasks) {
      expect(task).toMatchObject({ group: "service:keeper", startedBy, lastStatus: "RUNNING" });
      expect(await containersOfTask(task.taskArn ?? "")).toMatchObject([{ State: "running" }]);
    }
    expect(sayings(service)).toEqual([
      "(service keeper) has started 3 tasks: (task T) (task T) (task T).",
      "(service keeper) (deployment ecs-svc/N) deployment completed.",
      "(service keeper) has reached a steady state.",
    ]);
  });

  test("heals after a container was killed by hand and after a task was stopped", async () => {
    await createService(ecs, "healer", definition, { desiredCount: 2 });
    await untilRolledOut(ecs, "healer");
    const [killed, stopped] = (await tasksOfService(ecs, "healer")).map(({ taskArn }) => taskArn ?? "");
    const { Id } = await inspectContainerOf(killed ?? "");
    await run("docker", ["kill", Id]);
    await stopTask(ecs, stopped ?? "");
    await expect
      .poll(
        async () => {
          const now = await tasksOfService(ecs, "healer");
          const fresh = now.filter(({ taskArn }) => taskArn !== killed && taskArn !== stopped);
          return fresh.filter(({ lastStatus }) => lastStatus === "RUNNING").length;
        },
        { timeout: 60_000, interval: 200 },
      )
      .toBe(2);
    await untilRolledOut(ecs, "healer");
  });

  test("grows and shrinks within the same deployment", async () => {
    await createService(ecs, "sizes", definition, { desiredCount: 1 });
    const first = await untilRolledOut(ecs, "sizes");
    for (const desiredCount of [4, 0, 2]) {
      await ecs.send(new UpdateServiceCommand({ service: "sizes", desiredCount }));
      const now = await untilService(
        ecs,
        "sizes",
        ({ runningCount, pendingCount }) => runningCount === desiredCount && pendingCount === 0,
      );
      expect(now.deployments?.map(({ id }) => id)).toEqual(first.deployments?.map(({ id }) => id));
    }
  });

  test("whose image nobody can pull waits longer each time, counts what failed and says why", async () => {
    const broken = await register(ecs, "broken", [
      container(UNTIL_STOPPED, { image: "127.0.0.1:1/nobody/there:1" }),
    ]);
    await createService(ecs, "broken", broken, { desiredCount: 1 });
    const failing = await untilService(ecs, "broken", ({ events = [] }) =>
      events.some(({ message }) => message?.includes("unable to consistently start")),
    );
    expect(failing.deployments?.[0]?.failedTasks).toBeGreaterThan(1);
    const { taskArns = [] } = await ecs.send(
      new ListTasksCommand({ serviceName: "broken", desiredStatus: "STOPPED" }),
    );
    expect(taskArns.length).toBeGreaterThan(0);
    // A definition that works ends the waiting at once.
    await ecs.send(new UpdateServiceCommand({ service: "broken", taskDefinition: definition }));
    await untilRolledOut(ecs, "broken");
  });

  test("replaces a task that fails its health check", async () => {
    const checked = await register(ecs, "checked", [
      container(`touch /healthy; ${UNTIL_STOPPED}`, {
        healthCheck: {
          command: ["CMD-SHELL", "test -e /healthy"],
          interval: 5,
          timeout: 2,
          retries: 1,
        },
      }),
    ]);
    await createService(ecs, "checked", checked, { desiredCount: 1 });
    await untilRolledOut(ecs, "checked");
    const [before] = await tasksOfService(ecs, "checked");
    const { Id } = await inspectContainerOf(before?.taskArn ?? "");
    await run("docker", ["exec", Id, "rm", "/healthy"]);
    const healed = await untilService(ecs, "checked", ({ events = [] }) =>
      events.some(({ message }) => message?.includes("failed container health checks")),
    );
    expect(healed.runningCount).toBeGreaterThan(0);
    await expect
      .poll(async () => (await tasksOfService(ecs, "checked")).map(({ taskArn }) => taskArn), {
        timeout: 60_000,
        interval: 500,
      })
      .not.toContain(before?.taskArn);
  });

  test("that is deleted stops its tasks, is INACTIVE, and gives its name back", async () => {
    await createService(ecs, "again", definition, { desiredCount: 1 });
    await untilRolledOut(ecs, "again");
    const [task] = await tasksOfService(ecs, "again");
    await deleteService(ecs, "again");
    expect(await describeService(ecs, "again")).toMatchObject({ status: "INACTIVE" });
    await expect
      .poll(async () => (await containersOfTask(task?.taskArn ?? "")).filter((c) => c.State === "running"), {
        timeout: 60_000,
      })
      .toEqual([]);
    const fresh = await createService(ecs, "again", definition, { desiredCount: 0 });
    expect(fresh.status).toBe("ACTIVE");
  });

  test("keeps its cluster from being deleted", async () => {
    await createService(ecs, "guard", definition, { desiredCount: 0 });
    await expect(ecs.send(new DeleteClusterCommand({ cluster: "default" }))).rejects.toMatchObject({
      name: expect.stringMatching(/^ClusterContains(Services|ContainerInstances)Exception$/),
    });
  });
});

describe("a rolling update of ten", () => {
  test.each([
    [50, 200],
    [100, 200],
    [100, 150],
    [0, 100],
  ])("never leaves its band of %i to %i percent", async (minimumHealthyPercent, maximumPercent) => {
    const family = `rolled-${minimumHealthyPercent}-${maximumPercent}`;
    const first = await register(ecs, family, [container(UNTIL_STOPPED)]);
    const deploymentConfiguration = { minimumHealthyPercent, maximumPercent };
    const began = Date.now();
    await createService(ecs, family, first, { desiredCount: 10, deploymentConfiguration });
    await untilRolledOut(ecs, family);
    const second = await register(ecs, family, [container(UNTIL_STOPPED)]);
    const sentMs = Date.now();
    await ecs.send(new UpdateServiceCommand({ service: family, taskDefinition: second }));
    const answeredMs = Date.now();
    const service = await untilRolledOut(ecs, family);
    expect(service.taskDefinition).toBe(second);
    const tasks = await tasksOfService(ecs, family);
    expect(tasks.map(({ taskDefinitionArn }) => taskDefinitionArn)).toEqual(Array(10).fill(second));

    const log = await taskEvents(settingOf(account.stack.dataDir, "ROADSTEAD_DATABASE_URL"), family);
    expect(log.length).toBeGreaterThan(50);
    expect(unorderly(log)).toEqual([]);
    const band = { desiredCount: 10, minimumHealthyPercent, maximumPercent };
    expect(
      leftBand(log, [
        { sentMs: began - 1_000, answeredMs: began - 1_000, ...band },
        { sentMs, answeredMs, ...band },
      ]),
    ).toEqual([]);
  });

  test("whose band leaves no way says so once and goes on when the band is widened", async () => {
    const narrow = { minimumHealthyPercent: 100, maximumPercent: 150 };
    await createService(ecs, "stuck", definition, { desiredCount: 1, deploymentConfiguration: narrow });
    await untilRolledOut(ecs, "stuck");
    await ecs.send(new UpdateServiceCommand({ service: "stuck", forceNewDeployment: true }));
    const text = "was unable to stop or start tasks during a deployment";
    await untilService(ecs, "stuck", ({ events = [] }) =>
      events.some(({ message }) => message?.includes(text)),
    );
    const wide = { minimumHealthyPercent: 0, maximumPercent: 100 };
    await ecs.send(new UpdateServiceCommand({ service: "stuck", deploymentConfiguration: wide }));
    const service = await untilRolledOut(ecs, "stuck");
    expect(sayings(service).filter((message) => message.includes(text))).toHaveLength(1);
  });
});

describe("with a second machine", () => {
  test("a daemon runs once on each, and leaves one that drains; so does a service, inside its band", async () => {
    const second = await startSecondAgent(account, SIZE);
    try {
      const drain = (status: "DRAINING" | "ACTIVE") =>
        ecs.send(
          new UpdateContainerInstancesStateCommand({
            containerInstances: [second.containerInstanceArn],
            status,
          }),
        );
      await createService(ecs, "daemon", definition, { schedulingStrategy: "DAEMON" });
      await createService(ecs, "mover", definition, {
        desiredCount: 4,
        placementStrategy: [{ type: "spread", field: "instanceId" }],
      });
      await untilService(
        ecs,
        "daemon",
        ({ desiredCount, runningCount }) => desiredCount === 2 && runningCount === 2,
      );
      await untilRolledOut(ecs, "mover");
      const there = async (name: string) =>
        (await tasksOfService(ecs, name)).filter(
          ({ containerInstanceArn }) => containerInstanceArn === second.containerInstanceArn,
        ).length;
      expect([await there("daemon"), await there("mover")]).toEqual([1, 2]);
      await drain("DRAINING");
      await expect
        .poll(async () => [await there("daemon"), await there("mover")], { timeout: 60_000, interval: 300 })
        .toEqual([0, 0]);
      await untilService(ecs, "mover", ({ runningCount }) => runningCount === 4);
      expect((await describeService(ecs, "daemon")).desiredCount).toBe(1);
      await drain("ACTIVE");
      await untilService(
        ecs,
        "daemon",
        ({ desiredCount, runningCount }) => desiredCount === 2 && runningCount === 2,
      );
    } finally {
      await deleteAllServices(ecs);
      await second.stop();
    }
  });
});
