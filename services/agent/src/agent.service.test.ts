import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { access, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { BUSYBOX_IMAGE, ensureBusyboxImage } from "@roadstead/runtime/busybox-image";
import { openDockerRuntime } from "@roadstead/runtime/docker/docker-runtime";
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import { createLogger } from "@roadstead/service-kit/log";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Agent, runAgent } from "./agent.ts";
import { configSchema } from "./config.ts";
import { CLUSTER_ARN, type ControlPlaneStub, startControlPlaneStub } from "./control-plane-stub.ts";
import { TASK_LABEL } from "./decide/create-config.ts";

const run = promisify(execFile);
const socketPath = process.env.ROADSTEAD_DOCKER_SOCKET ?? "/var/run/docker.sock";
const DEADLINE = { timeout: 15_000, interval: 50 };
let plane: ControlPlaneStub;
let runtime: ContainerRuntime;
let dataDir: string;
let agent: Agent;
const arns: string[] = [];

const startAgent = () =>
  runAgent(
    {
      config: configSchema.parse({
        ROADSTEAD_AGENT_DATA_DIR: dataDir,
        ROADSTEAD_API_URL: plane.url,
        AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
        AWS_SECRET_ACCESS_KEY: "secret",
        ROADSTEAD_AGENT_PULL_BEHAVIOR: "prefer-cached",
        ROADSTEAD_AGENT_STOP_TIMEOUT_MS: "1000",
        ROADSTEAD_AGENT_CLEANUP_AFTER_MS: "0",
        ROADSTEAD_AGENT_METRICS_INTERVAL_MS: "500",
      }),
      log: createLogger({ service: "agent", level: "silent" }),
      runtime,
    },
    new AbortController().signal,
  );

function aTask(over: object, container: object) {
  const arn = `arn:aws:ecs:us-east-1:000000000000:task/default/${randomBytes(16).toString("hex")}`;
  arns.push(arn);
  return {
    arn,
    taskClusterArn: CLUSTER_ARN,
    family: "service-test",
    version: "1",
    desiredStatus: "RUNNING",
    networkMode: "none",
    volumes: [],
    containers: [
      {
        name: "app",
        image: BUSYBOX_IMAGE,
        essential: true,
        overrides: "{}",
        dockerConfig: { config: "{}", hostConfig: "{}" },
        ...container,
      },
    ],
    ...over,
  };
}

const reportsOf = (arn: string) => plane.submissions.filter(({ task }) => task === arn);
const statusesOf = (arn: string) => reportsOf(arn).map(({ status }) => status);
const containersOf = (arn: string) => runtime.list([`${TASK_LABEL}=${arn}`]);

beforeAll(async () => {
  await ensureBusyboxImage();
  dataDir = await mkdtemp(join(tmpdir(), "roadstead-agent-"));
  plane = await startControlPlaneStub();
  runtime = await openDockerRuntime({ socketPath });
  agent = await startAgent();
  await vi.waitFor(() => expect(plane.isConnected()).toBe(true), DEADLINE);
});

afterAll(async () => {
  await agent.stop();
  await plane.close();
  await rm(dataDir, { recursive: true, force: true });
  const left = (await Promise.all(arns.map(containersOf))).flat();
  for (const { id } of left) await runtime.remove(id);
  expect(left).toEqual([]);
});

test("a process runs, and its end is reported with its exit code and leaves nothing", async () => {
  const task = aTask({}, { command: ["sh", "-c", "exit 7"] });
  plane.sendTask(task);
  await vi.waitFor(() => expect(statusesOf(task.arn)).toEqual(["RUNNING", "STOPPED"]), DEADLINE);
  expect(reportsOf(task.arn)[1]?.containers[0]).toMatchObject({ exitCode: 7 });
  await vi.waitFor(async () => expect(await containersOf(task.arn)).toEqual([]), DEADLINE);
});

test("a port of the bridge is published where the engine found room, with limits on the whole task", async () => {
  const task = aTask(
    { networkMode: "bridge", cpu: 0.5, memory: 64 },
    {
      command: ["sleep", "60"],
      memory: 32,
      portMappings: [{ containerPort: 80, hostPort: 0, protocol: "tcp" }],
    },
  );
  plane.sendTask(task);
  await vi.waitFor(() => expect(statusesOf(task.arn)).toEqual(["RUNNING"]), DEADLINE);
  expect(reportsOf(task.arn)[0]?.containers[0]?.networkBindings).toEqual([
    { bindIP: "0.0.0.0", containerPort: 80, hostPort: expect.any(Number), protocol: "tcp" },
  ]);
  const cgroup = `/sys/fs/cgroup/memory/ecs/${task.arn.split("/").at(-1)}`;
  await access(cgroup);
  await vi.waitFor(() => expect(JSON.stringify(plane.telemetry)).toContain(task.arn), DEADLINE);
  plane.sendTask({ ...task, desiredStatus: "STOPPED" });
  await vi.waitFor(() => expect(statusesOf(task.arn)).toEqual(["RUNNING", "STOPPED"]), DEADLINE);
  expect(reportsOf(task.arn)[1]?.containers[0]).toMatchObject({ exitCode: 137 });
  await vi.waitFor(() => expect(access(cgroup)).rejects.toThrow(), DEADLINE);
});

test("a process that takes too much memory is said to have done so", async () => {
  const task = aTask(
    {},
    { memory: 8, command: ["sh", "-c", "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done"] },
  );
  plane.sendTask(task);
  await vi.waitFor(() => expect(statusesOf(task.arn)).toContain("STOPPED"), DEADLINE);
  const stopped = reportsOf(task.arn)
    .flatMap(({ containers }) => containers)
    .find((c) => c.status === "STOPPED");
  expect(stopped).toMatchObject({
    exitCode: 137,
    reason: "OutOfMemoryError: Container killed due to memory usage",
  });
});

test("a container removed by hand is reported stopped as killed", async () => {
  const task = aTask({}, { command: ["sleep", "60"] });
  plane.sendTask(task);
  await vi.waitFor(() => expect(statusesOf(task.arn)).toEqual(["RUNNING"]), DEADLINE);
  for (const { id } of await containersOf(task.arn)) await runtime.remove(id);
  await vi.waitFor(() => expect(statusesOf(task.arn)).toEqual(["RUNNING", "STOPPED"]), DEADLINE);
  expect(reportsOf(task.arn)[1]?.containers[0]).toMatchObject({ exitCode: 137 });
});

test("a program that cannot be found is a failure to start", async () => {
  const task = aTask({}, { command: ["/no/such/program"] });
  plane.sendTask(task);
  await vi.waitFor(() => expect(statusesOf(task.arn)).toEqual(["STOPPED"]), DEADLINE);
  expect(reportsOf(task.arn)[0]?.containers[0]?.reason).toMatch(
    /^CannotStartContainerError: Error response from daemon: .*no such file or directory/,
  );
});

test("while no agent runs containers go on, and their ends are reported by the next one", async () => {
  const task = aTask({}, { command: ["sh", "-c", "until [ -s /tmp/code ]; do sleep 0.05; done; exit 5"] });
  plane.sendTask(task);
  await vi.waitFor(() => expect(statusesOf(task.arn)).toEqual(["RUNNING"]), DEADLINE);
  await agent.stop();
  const [container] = await containersOf(task.arn);
  expect(container?.status).toBe("running");
  await run("docker", ["exec", container?.id ?? "", "sh", "-c", "echo 5 > /tmp/code"]);
  await vi.waitFor(async () => expect((await containersOf(task.arn))[0]?.status).toBe("exited"), DEADLINE);
  agent = await startAgent();
  await vi.waitFor(() => expect(statusesOf(task.arn)).toEqual(["RUNNING", "STOPPED"]), DEADLINE);
  expect(reportsOf(task.arn)[1]?.containers[0]).toMatchObject({ exitCode: 5 });
});
