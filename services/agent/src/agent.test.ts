import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeRuntime, type FakeRuntime } from "@roadstead/runtime/fake/fake-runtime";
import { createLogger } from "@roadstead/service-kit/log";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Agent, runAgent } from "./agent.ts";
import { configSchema } from "./config.ts";
import {
  CLUSTER_ARN,
  type ControlPlaneStub,
  INSTANCE_ARN,
  REGISTRY_PASSWORD,
  startControlPlaneStub,
} from "./control-plane-stub.ts";

/** Polls; the machine may be busy with other tests. */
const within = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const log = createLogger({ service: "agent", level: "silent" });
const TASK_ARN = "arn:aws:ecs:us-east-1:000000000000:task/default/0123456789abcdef0123456789abcdef";
const NAME = "ecs-web-1-app-0123456789abcdef0123456789abcdef";

let plane: ControlPlaneStub;
let runtime: FakeRuntime;
let dataDir: string;
let agent: Agent;

const aTask = (over: object = {}) => ({
  arn: TASK_ARN,
  taskClusterArn: CLUSTER_ARN,
  family: "web",
  version: "1",
  desiredStatus: "RUNNING",
  overrides: "{}",
  networkMode: "bridge",
  volumes: [],
  containers: [aContainer("app")],
  ...over,
});

const aContainer = (name: string, over: object = {}) => ({
  name,
  image: "roadstead/busybox:latest",
  essential: true,
  overrides: "{}",
  portMappings: [{ containerPort: 80, hostPort: 0, protocol: "tcp" }],
  dockerConfig: { config: "{}", hostConfig: '{"NetworkMode":"bridge"}', version: "1.29" },
  ...over,
});

const startAgent = (env: Record<string, string> = {}) =>
  runAgent(
    {
      config: configSchema.parse({
        ROADSTEAD_AGENT_DATA_DIR: dataDir,
        ROADSTEAD_API_URL: plane.url,
        AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
        AWS_SECRET_ACCESS_KEY: "secret",
        ROADSTEAD_AGENT_METRICS_INTERVAL_MS: "100",
        ROADSTEAD_AGENT_CGROUP_ROOT: join(dataDir, "no-cgroups"),
        ...env,
      }),
      log,
      runtime,
      timings: {
        retry: { minMs: 5, maxMs: 20, factor: 2 },
        session: { floorMs: 5, backOff: { minMs: 5, maxMs: 20, factor: 2 } },
        healthEveryMs: 20,
        relookEveryMs: 50,
      },
    },
    new AbortController().signal,
  );

const statuses = () => plane.submissions.map(({ status }) => status);

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "roadstead-agent-"));
  plane = await startControlPlaneStub();
  runtime = createFakeRuntime();
  agent = await startAgent();
  await within(() => expect(plane.isConnected()).toBe(true));
});

afterEach(async () => {
  await agent.stop();
  await plane.close();
  await rm(dataDir, { recursive: true, force: true });
});

test("an assignment is acknowledged, runs, and its end is reported with the exit code", async () => {
  const messageId = plane.sendTask(aTask());
  await within(() => expect(statuses()).toEqual(["RUNNING"]));
  const ack = { cluster: "default", containerInstance: INSTANCE_ARN, messageId };
  await within(() => expect(plane.said).toContainEqual({ type: "AckRequest", message: ack }));
  expect(plane.submissions[0]?.containers[0]).toMatchObject({
    containerName: "app",
    status: "RUNNING",
    networkBindings: [{ bindIP: "0.0.0.0", containerPort: 80, protocol: "tcp" }],
  });
  runtime.exit(NAME, 3);
  await within(() => expect(statuses()).toEqual(["RUNNING", "STOPPED"]));
  expect(plane.submissions[1]?.containers[0]).toMatchObject({ status: "STOPPED", exitCode: 3 });
});

test("a stop that is asked for stops the container", async () => {
  plane.sendTask(aTask());
  await within(() => expect(statuses()).toEqual(["RUNNING"]));
  plane.sendTask(aTask({ desiredStatus: "STOPPED" }));
  await within(() => expect(statuses()).toEqual(["RUNNING", "STOPPED"]));
  expect(plane.submissions[1]?.containers[0]).toMatchObject({ exitCode: 143 });
});

test("the same assignment twice makes one container and is acknowledged twice", async () => {
  plane.sendTask(aTask());
  plane.sendTask(aTask());
  await within(() => expect(statuses()).toEqual(["RUNNING"]));
  await within(() => expect(plane.said.filter(({ type }) => type === "AckRequest")).toHaveLength(2));
  expect(runtime.created.get(NAME)).toBe(1);
});

test("an image of ours is pulled with the login that the control plane gives the instance, and its digest reported", async () => {
  const image = "127.0.0.1:4701/team/web:1";
  const digest = `sha256:${"ab".repeat(32)}`;
  runtime.serveImage(image, { login: { username: "AWS", password: REGISTRY_PASSWORD }, digest });
  const ecrAuthData = { registryId: "000000000000", region: "us-east-1", useExecutionRole: false };
  plane.sendTask(
    aTask({
      containers: [aContainer("app", { image, registryAuthentication: { type: "ecr", ecrAuthData } })],
    }),
  );
  await within(() => expect(statuses()).toEqual(["RUNNING"]));
  expect(plane.submissions[0]?.containers).toEqual([expect.objectContaining({ imageDigest: digest })]);
});

test("an image of ours is pulled from where this machine has the registry, and no other image is", async () => {
  await agent.stop();
  agent = await startAgent({ ROADSTEAD_AGENT_REGISTRY_LISTEN: "127.0.0.1:5701" });
  await within(() => expect(plane.isConnected()).toBe(true));
  const login = { username: "AWS", password: REGISTRY_PASSWORD };
  runtime.serveImage("127.0.0.1:5701/web:1", { login, digest: `sha256:${"ab".repeat(32)}` });
  runtime.serveImage("127.0.0.1:4701/other:1", { login: null, digest: `sha256:${"cd".repeat(32)}` });
  const ecrAuthData = { registryId: "000000000000", region: "us-east-1" };
  const ours = { image: "127.0.0.1:4701/web:1", registryAuthentication: { type: "ecr", ecrAuthData } };
  const containers = [aContainer("ours", ours), aContainer("other", { image: "127.0.0.1:4701/other:1" })];
  plane.sendTask(aTask({ containers }));
  await within(() => expect(statuses().at(-1)).toBe("RUNNING"));
  expect(
    runtime
      .all()
      .map(({ imageId }) => imageId)
      .sort(),
  ).toEqual(["127.0.0.1:4701/other:1", "127.0.0.1:5701/web:1"]);
});

test("an image that cannot be pulled ends the task under the public agent's name for it", async () => {
  plane.sendTask(aTask({ containers: [aContainer("app", { image: "no/such:1" })] }));
  await within(() => expect(statuses()).toEqual(["STOPPED"]));
  expect(plane.submissions[0]?.reason).toMatch(/^CannotPullContainerError: .*pull access denied/);
});

test("out of memory and removal by hand are told apart", async () => {
  plane.sendTask(aTask({ containers: [aContainer("app"), aContainer("side", { essential: false })] }));
  await within(() => expect(statuses()).toContain("RUNNING"));
  runtime.vanish("ecs-web-1-side-0123456789abcdef0123456789abcdef");
  runtime.exit(NAME, 137, { oomKilled: true });
  await within(() => expect(statuses()).toContain("STOPPED"));
  const ends = plane.submissions
    .flatMap(({ containers }) => containers)
    .filter((c) => c.status === "STOPPED");
  expect(ends.find((c) => c.containerName === "side")).toMatchObject({ exitCode: 137 });
  expect(ends.find((c) => c.containerName === "app")?.reason).toBe(
    "OutOfMemoryError: Container killed due to memory usage",
  );
});

test("reports wait for the control plane, and a refusal for good is dropped", async () => {
  let refused = 0;
  plane.refuseSubmissions(() => (refused++ < 3 ? "ServerException" : null));
  plane.sendTask(aTask());
  await within(() => expect(statuses()).toEqual(["RUNNING"]));
  plane.refuseSubmissions(() => (refused++ === 4 ? "InvalidParameterException" : null));
  runtime.exit(NAME, 0);
  await within(() => expect(refused).toBeGreaterThan(4));
  expect(statuses()).toEqual(["RUNNING"]);
});

test("what happened while the control plane was away is reported afterwards as it was", async () => {
  plane.refuseSubmissions(() => "ServerException");
  plane.sendTask(aTask());
  await within(() => expect(runtime.all()[0]?.status).toBe("running"));
  runtime.exit(NAME, 42);
  await agent.stop();
  plane.refuseSubmissions(null);
  agent = await startAgent();
  await within(() => expect(statuses()).toEqual(["RUNNING", "STOPPED"]));
  expect(plane.submissions[1]?.containers[0]).toMatchObject({ exitCode: 42 });
});

test("a graceful stop leaves containers, and the next agent has the same ARN and the same containers", async () => {
  plane.sendTask(aTask());
  await within(() => expect(statuses()).toEqual(["RUNNING"]));
  await agent.stop();
  expect(runtime.all()[0]?.status).toBe("running");
  agent = await startAgent();
  expect(plane.registrations[1]).toMatchObject({ containerInstanceArn: INSTANCE_ARN });
  runtime.exit(NAME, 0);
  await within(() => expect(statuses()).toEqual(["RUNNING", "STOPPED"]));
  expect(runtime.created.get(NAME)).toBe(1);
});

test("a task that is not on the manifest is stopped only after the control plane agrees", async () => {
  plane.sendTask(aTask());
  await within(() => expect(statuses()).toEqual(["RUNNING"]));
  const manifest = { messageId: "manifest", clusterArn: CLUSTER_ARN, timeline: 10, tasks: [] };
  plane.send("TaskManifestMessage", manifest);
  await within(() => expect(plane.said.map(({ type }) => type)).toContain("TaskStopVerificationMessage"));
  expect(runtime.all()[0]?.status).toBe("running");
  plane.send("TaskStopVerificationAck", { messageId: "manifest", stopTasks: [{ taskArn: TASK_ARN }] });
  await within(() => expect(statuses()).toEqual(["RUNNING", "STOPPED"]));
});

test("what is sent together with the handshake is not lost", async () => {
  plane.greet("HeartbeatMessage", { messageId: "greeting", healthy: true });
  plane.closeSockets(1001);
  const answer = { type: "HeartbeatAckRequest", message: { messageId: "greeting" } };
  await within(() => expect(plane.said).toContainEqual(answer));
});

test("heartbeats are answered, and a closed session is opened again", async () => {
  plane.send("HeartbeatMessage", { messageId: "beat", healthy: true });
  await within(() =>
    expect(plane.said).toContainEqual({ type: "HeartbeatAckRequest", message: { messageId: "beat" } }),
  );
  plane.closeSockets(1001);
  const acsUpgrades = () => plane.upgrades.filter(({ pathname }) => pathname === "/acs/ws");
  await within(() => expect(acsUpgrades().length).toBe(2));
  expect(acsUpgrades().map((url) => url.searchParams.get("sendCredentials"))).toEqual(["true", "false"]);
});

test("a task that cannot be read is not acknowledged and is reported stopped", async () => {
  plane.sendTask(aTask({ containers: [aContainer("app", { overrides: "[" })] }));
  await within(() => expect(statuses()).toEqual(["STOPPED"]));
  expect(plane.submissions[0]?.reason).toMatch(/^UnrecogniedTaskError: Error loading task - /);
  expect(plane.said.map(({ type }) => type)).not.toContain("AckRequest");
});

test("health and usage travel on the telemetry socket", async () => {
  const checked = aContainer("app", {
    healthCheckType: "docker",
    dockerConfig: { config: '{"Healthcheck":{"Test":["CMD-SHELL","true"]}}', hostConfig: "{}" },
  });
  plane.sendTask(aTask({ containers: [checked] }));
  await within(() => expect(statuses()).toEqual(["RUNNING"]));
  runtime.setHealth(NAME, "healthy");
  await within(() => expect(JSON.stringify(plane.telemetry)).toContain('"healthStatus":"HEALTHY"'));
  await within(() => expect(JSON.stringify(plane.telemetry)).toContain('"memoryStatsSet":{"min":4'));
});

test("after the end was taken and the delay has passed, nothing of the task is left", async () => {
  await agent.stop();
  agent = await startAgent({ ROADSTEAD_AGENT_CLEANUP_AFTER_MS: "0" });
  await within(() => expect(plane.isConnected()).toBe(true));
  const mounts = { mountPoints: [{ sourceVolume: "scratch", containerPath: "/w" }] };
  const volumes = [{ name: "scratch", type: "host", host: {} }];
  plane.sendTask(aTask({ volumes, containers: [aContainer("app", mounts)] }));
  await within(() => expect(statuses()).toEqual(["RUNNING"]));
  expect(runtime.volumeNames()).toHaveLength(1);
  runtime.exit(NAME, 0);
  await within(async () => expect(await readdir(join(dataDir, "tasks"))).toEqual([]));
  expect(runtime.all()).toEqual([]);
  expect(runtime.volumeNames()).toEqual([]);
});

test("the output of a container with awslogs is kept by the engine in files and sent to its stream", async () => {
  const LogConfig = {
    Type: "awslogs",
    Config: { "awslogs-group": "/ecs/web", "awslogs-stream": "web/app/1" },
  };
  const dockerConfig = { config: "{}", hostConfig: JSON.stringify({ LogConfig }), version: "1.29" };
  plane.sendTask(aTask({ containers: [aContainer("app", { dockerConfig })] }));
  await within(() => expect(statuses()).toEqual(["RUNNING"]));
  expect(runtime.all()[0]?.spec.body.HostConfig?.LogConfig).toMatchObject({ Type: "json-file" });
  runtime.write(NAME, "hello");
  await within(() => expect(plane.logLines).toEqual(["hello"]));
});
