import {
  DescribeContainerInstancesCommand,
  ListContainerInstancesCommand,
  RunTaskCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, describe, expect, test, vi } from "vitest";
import { createAccount } from "./support/account.ts";
import { containersOfTask, inspectContainerOf } from "./support/engine.ts";
import {
  container,
  containerOf,
  launch,
  register,
  runTask,
  stopAndWait,
  UNTIL_STOPPED,
  untilRunning,
  untilStopped,
  untilTask,
} from "./support/tasks.ts";

const account = await createAccount({ agent: { cpu: 2048, memory: 1024 } });
afterAll(() => account.close());
const { ecs } = account;

const serve = (text: string, port: number) =>
  `mkdir -p /www && echo "${text}" > /www/index.html && exec httpd -f -p ${port} -h /www`;

const answerOf = (port: number | undefined): Promise<string> =>
  vi.waitFor(async () => (await (await fetch(`http://127.0.0.1:${port}/`)).text()).trim(), {
    timeout: 60_000,
    interval: 100,
  });

const freeHostPort = () => 30_100 + Math.floor(Math.random() * 2_000);

describe("networking", () => {
  test("host port 0 gives every task a port of its own, on which it answers", async () => {
    const taskDefinition = await register(ecs, "dynamic", [
      container(serve("hello from $WHO", 8080), {
        portMappings: [{ containerPort: 8080 }],
        environment: [{ name: "WHO", value: "nobody" }],
      }),
    ]);
    const tasks = await Promise.all(
      ["one", "two"].map(async (value) => {
        const overrides = { containerOverrides: [{ name: "main", environment: [{ name: "WHO", value }] }] };
        return untilRunning(ecs, await runTask(ecs, taskDefinition, { overrides }));
      }),
    );
    const bindings = tasks.map((task) => containerOf(task).networkBindings ?? []);
    for (const binding of bindings) {
      expect(binding).toEqual([
        { bindIP: "0.0.0.0", containerPort: 8080, hostPort: expect.any(Number), protocol: "tcp" },
      ]);
    }
    const ports = bindings.map(([binding]) => binding?.hostPort);
    expect(new Set(ports).size).toBe(2);
    expect(await Promise.all(ports.map(answerOf))).toEqual(["hello from one", "hello from two"]);
  });

  test("a fixed host port is taken from its instance, refused to others, and given back", async () => {
    const port = freeHostPort();
    const fixed = (protocol: "tcp" | "udp") => [
      container(UNTIL_STOPPED, { portMappings: [{ containerPort: 8080, hostPort: port, protocol }] }),
    ];
    const tcp = await register(ecs, "fixed-tcp", fixed("tcp"));
    const first = await untilRunning(ecs, await runTask(ecs, tcp));
    expect(await usedPorts("PORTS")).toContain(String(port));
    expect(await ecs.send(new RunTaskCommand({ taskDefinition: tcp }))).toMatchObject({
      tasks: [],
      failures: [{ reason: "RESOURCE:PORTS", arn: first.containerInstanceArn }],
    });
    const udp = await runTask(ecs, await register(ecs, "fixed-udp", fixed("udp")));
    expect(await usedPorts("PORTS_UDP")).toContain(String(port));
    await Promise.all([stopAndWait(ecs, first.taskArn ?? ""), stopAndWait(ecs, udp)]);
    expect(await usedPorts("PORTS")).not.toContain(String(port));
    await untilRunning(ecs, await runTask(ecs, tcp));
  });

  async function usedPorts(name: string): Promise<readonly string[]> {
    const { containerInstanceArns: containerInstances = [] } = await ecs.send(
      new ListContainerInstancesCommand({}),
    );
    const described = await ecs.send(new DescribeContainerInstancesCommand({ containerInstances }));
    const resources = described.containerInstances?.[0]?.remainingResources ?? [];
    return resources.find((resource) => resource.name === name)?.stringSetValue ?? [];
  }

  test("host mode listens on the host itself, none on nothing", async () => {
    const port = freeHostPort();
    const web = container(serve("on the host", port), {
      portMappings: [{ containerPort: port, hostPort: port }],
    });
    const host = await launch(ecs, "host-mode", { networkMode: "host", containerDefinitions: [web] });
    await untilRunning(ecs, host);
    expect(await answerOf(port)).toBe("on the host");
    expect((await inspectContainerOf(host)).HostConfig.NetworkMode).toBe("host");

    // Its exit code counts its network interfaces.
    const count = container("exit $(ls /sys/class/net | wc -l)");
    const none = await untilStopped(
      ecs,
      await launch(ecs, "none-mode", { networkMode: "none", containerDefinitions: [count] }),
    );
    expect(containerOf(none).exitCode).toBeLessThanOrEqual(2);
    expect((await inspectContainerOf(none.taskArn ?? "")).HostConfig.NetworkMode).toBe("none");
  });

  test("a link reaches the other container by its alias", async () => {
    const task = await launch(ecs, "links", [
      container(serve("data", 8080), { name: "db", essential: false }),
      container(
        'for n in 1 2 3 4 5; do [ "$(wget -qO- http://database:8080/)" = data ] && exit 0; sleep 1; done; exit 1',
        {
          links: ["db:database"],
        },
      ),
    ]);
    expect(containerOf(await untilStopped(ecs, task)).exitCode).toBe(0);
  });
});

describe("what a container is given", () => {
  test("its environment, with overrides winning by name", async () => {
    const script = '[ "$A$B$C" = "one-of-the-task" ] && exit 0; echo "$A$B$C"; exit 1';
    const taskDefinition = await register(ecs, "environment", [
      container(script, {
        environment: [
          { name: "A", value: "one" },
          { name: "B", value: "wrong" },
        ],
      }),
    ]);
    const environment = [
      { name: "B", value: "-of" },
      { name: "C", value: "-the-task" },
    ];
    const taskArn = await runTask(ecs, taskDefinition, {
      overrides: { containerOverrides: [{ name: "main", environment }] },
    });
    const task = await untilStopped(ecs, taskArn);
    expect(containerOf(task).exitCode).toBe(0);
    expect(task.overrides?.containerOverrides).toEqual([{ name: "main", environment }]);
    expect((await inspectContainerOf(taskArn)).Config.Env).toContain("AWS_EXECUTION_ENV=AWS_ECS_EC2");
  });

  test("its entry point and command, and an overriding command", async () => {
    const taskDefinition = await register(ecs, "entry-point", [
      container("", { entryPoint: ["sh", "-c"], command: ["exit 6"] }),
    ]);
    expect(containerOf(await untilStopped(ecs, await runTask(ecs, taskDefinition))).exitCode).toBe(6);
    const overrides = { containerOverrides: [{ name: "main", command: ["exit 8"] }] };
    expect(
      containerOf(await untilStopped(ecs, await runTask(ecs, taskDefinition, { overrides }))).exitCode,
    ).toBe(8);
  });

  test("its limits, labels and name", async () => {
    const limited = container(UNTIL_STOPPED, {
      cpu: 64,
      memory: 24,
      ulimits: [{ name: "nofile", softLimit: 512, hardLimit: 1_024 }],
      dockerLabels: { team: "harbour" },
    });
    const taskArn = await launch(ecs, "limits", [limited]);
    await untilRunning(ecs, taskArn);
    const { Config, HostConfig } = await inspectContainerOf(taskArn);
    expect(HostConfig).toMatchObject({
      Memory: 24 * 1024 * 1024,
      CpuShares: 64,
      Ulimits: [{ Name: "nofile", Soft: 512, Hard: 1_024 }],
    });
    expect(Config.Labels).toMatchObject({
      team: "harbour",
      "com.amazonaws.ecs.task-arn": taskArn,
      "com.amazonaws.ecs.container-name": "main",
      "com.amazonaws.ecs.task-definition-family": "limits",
      "com.amazonaws.ecs.task-definition-version": "1",
    });
    expect((await containersOfTask(taskArn))[0]?.Names[0]).toMatch(/^\/ecs-limits-1-main-[0-9a-f]+$/);
  });
});

describe("containers of one task", () => {
  const volumes = [{ name: "shared" }];
  const mountPoints = [{ sourceVolume: "shared", containerPath: "/shared" }];

  test("share a volume, and one waits until the other has succeeded", async () => {
    const writer = container("sleep 1; echo ready > /shared/file", {
      name: "writer",
      essential: false,
      mountPoints,
    });
    const reader = container('[ "$(cat /shared/file)" = ready ]', {
      mountPoints,
      dependsOn: [{ containerName: "writer", condition: "SUCCESS" }],
    });
    const task = await untilStopped(
      ecs,
      await launch(ecs, "volume", { volumes, containerDefinitions: [reader, writer] }),
    );
    expect(containerOf(task, "writer").exitCode).toBe(0);
    expect(containerOf(task).exitCode).toBe(0);
  });

  test("wait until the one they depend on is healthy", async () => {
    const dependency = container("sleep 2; touch /shared/up; trap 'exit 0' TERM; sleep 3600 & wait", {
      name: "db",
      essential: false,
      mountPoints,
      healthCheck: { command: ["CMD-SHELL", "test -f /shared/up"], interval: 5, retries: 5 },
    });
    const main = container("test -f /shared/up", {
      mountPoints,
      dependsOn: [{ containerName: "db", condition: "HEALTHY" }],
    });
    const task = await untilStopped(
      ecs,
      await launch(ecs, "healthy", { volumes, containerDefinitions: [main, dependency] }),
    );
    expect(containerOf(task).exitCode).toBe(0);
    expect(containerOf(task, "db").exitCode).toBe(0);
  });

  test("end with their essential one, and not with the others", async () => {
    const taskArn = await launch(ecs, "essential", {
      volumes,
      containerDefinitions: [
        container("exit 5", { name: "helper", essential: false }),
        container("trap 'exit 9' TERM; sleep 3600 & wait", { name: "sidecar", essential: false }),
        container("while [ ! -f /shared/end ]; do sleep 1; done; exit 4", { mountPoints }),
        container("sleep 6; touch /shared/end", { name: "timer", essential: false, mountPoints }),
      ],
    });
    const running = await untilTask(
      ecs,
      taskArn,
      (task) => containerOf(task, "helper").lastStatus === "STOPPED" && task.lastStatus === "RUNNING",
    );
    expect(containerOf(running, "helper").exitCode).toBe(5);
    expect(running.desiredStatus).toBe("RUNNING");
    const task = await untilStopped(ecs, taskArn);
    expect(task).toMatchObject({ stopCode: "EssentialContainerExited" });
    expect(containerOf(task).exitCode).toBe(4);
    expect(containerOf(task, "sidecar").exitCode).toBe(9);
  });

  test("show their health, and a standalone task is not stopped for bad health", async () => {
    const sick = container("sleep 8; touch /tmp/sick; trap 'exit 0' TERM; sleep 3600 & wait", {
      healthCheck: { command: ["CMD-SHELL", "test ! -f /tmp/sick"], interval: 5, retries: 1 },
    });
    const taskArn = await launch(ecs, "health", [sick]);
    expect((await untilRunning(ecs, taskArn)).healthStatus).toMatch(/UNKNOWN|HEALTHY/);
    await untilTask(ecs, taskArn, ({ healthStatus }) => healthStatus === "HEALTHY");
    const unhealthy = await untilTask(ecs, taskArn, ({ healthStatus }) => healthStatus === "UNHEALTHY");
    expect(containerOf(unhealthy).healthStatus).toBe("UNHEALTHY");
    expect(unhealthy).toMatchObject({ lastStatus: "RUNNING", desiredStatus: "RUNNING" });
  });
});
