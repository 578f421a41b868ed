import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeError } from "@roadstead/runtime/errors";
import { createFakeRuntime, type FakeRuntime } from "@roadstead/runtime/fake/fake-runtime";
import type { NetworkSpec } from "@roadstead/runtime/runtime";
import { createLogger } from "@roadstead/service-kit/log";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Agent, runAgent } from "./agent.ts";
import { configSchema } from "./config.ts";
import { CLUSTER_ARN, type ControlPlaneStub, startControlPlaneStub } from "./control-plane-stub.ts";
import type { Filter } from "./network/filter.ts";
import type { Route } from "./network/range-collision.ts";
import { openStateStore } from "./state-store.ts";

const within = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const log = createLogger({ service: "agent", level: "silent" });
const ID = "0123456789abcdef0123456789abcdef";
const TASK_ARN = `arn:aws:ecs:us-east-1:000000000000:task/default/${ID}`;
const ATTACHMENT_ARN = "arn:aws:ecs:us-east-1:000000000000:attachment/1";
const PAUSE = `ecs-web-1-internal.pause-${ID}`;
const APP = `ecs-web-1-app-${ID}`;
const SIDE = `ecs-web-1-side-${ID}`;

/** Keeps what it was last given; jumps are counted. */
function aFilter() {
  const jumps = new Set<string>();
  let text = "";
  const routes: Route[] = [];
  const filter: Filter = {
    save: async () => text,
    async restore(given) {
      const removed = new Set(given.match(/(?<=^-X )\S+/gm));
      text = given
        .split("\n")
        .filter((line) => line.startsWith(":") || line.startsWith("-A"))
        .filter((line) => !removed.has(/^:(\S+)/.exec(line)?.[1] ?? ""))
        .join("\n");
    },
    async change([how = "", chain = "", ...rest]) {
      const key = [chain, ...rest.filter((word) => word !== "1")].join(" ");
      if (how === "-I") jumps.add(key);
      else if (!jumps.has(key)) throw new Error("no such rule");
      else if (how === "-D") jumps.delete(key);
    },
    routes: async () => routes,
  };
  return { filter, jumps, routes, text: () => text };
}

let plane: ControlPlaneStub;
let runtime: FakeRuntime;
let host: ReturnType<typeof aFilter>;
let dataDir: string;
let agent: Agent;

const startAgent = (filter: Filter | null = host.filter) =>
  runAgent(
    {
      config: configSchema.parse({
        ROADSTEAD_AGENT_DATA_DIR: dataDir,
        ROADSTEAD_API_URL: plane.url,
        AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
        AWS_SECRET_ACCESS_KEY: "secret",
        ROADSTEAD_AGENT_CLEANUP_AFTER_MS: "0",
        ROADSTEAD_AGENT_CGROUP_ROOT: join(dataDir, "no-cgroups"),
      }),
      log,
      runtime,
      filter,
      timings: { retry: { minMs: 5, maxMs: 20, factor: 2 }, relookEveryMs: 50 },
    },
    new AbortController().signal,
  );

const aContainer = (name: string) => ({
  name,
  image: "roadstead/busybox:latest",
  essential: true,
  portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
  dockerConfig: { config: '{"Hostname":"mine"}', hostConfig: '{"Dns":["10.0.0.2"]}' },
});
/** One is alone with the task's address, two share it. */
const SHARING = { containers: [aContainer("app"), aContainer("side")] };

const aTask = (over: object = {}) => ({
  arn: TASK_ARN,
  taskClusterArn: CLUSTER_ARN,
  family: "web",
  version: "1",
  desiredStatus: "RUNNING",
  networkMode: "awsvpc",
  containers: [aContainer("app")],
  elasticNetworkInterfaces: [
    {
      attachmentArn: ATTACHMENT_ARN,
      ec2Id: "eni-1",
      macAddress: "0a:00:00:00:00:01",
      ipv4Addresses: [{ primary: true, privateAddress: "10.0.0.7" }],
      subnetGatewayIpv4Address: "10.0.0.1/16",
      vpcId: "vpc-1",
      vpcCidr: "10.0.0.0/16",
    },
  ],
  ...over,
});

const sendGroups = () =>
  plane.send("SecurityGroupsMessage", {
    messageId: "1",
    vpcs: [
      {
        vpcId: "vpc-1",
        cidr: "10.0.0.0/16",
        members: [{ address: "10.0.0.7", groupIds: ["sg-1"] }],
        groups: [
          {
            id: "sg-1",
            rules: [{ egress: true, protocol: "-1", fromPort: -1, toPort: -1, cidr: "0.0.0.0/0" }],
          },
        ],
      },
    ],
  });

const statuses = () => plane.submissions.map(({ status }) => status);
const namesOf = async () => (await runtime.networks()).map(({ name }) => name);

async function untilRunning(over: object = {}): Promise<void> {
  sendGroups();
  plane.sendTask(aTask(over));
  await within(() => expect(statuses()).toEqual(["PENDING", "RUNNING"]));
}

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "roadstead-agent-"));
  plane = await startControlPlaneStub();
  runtime = createFakeRuntime();
  host = aFilter();
  agent = await startAgent();
  await within(() => expect(plane.isConnected()).toBe(true));
});

afterEach(async () => {
  await agent.stop();
  await plane.close();
  await rm(dataDir, { recursive: true, force: true });
});

test("a task's containers join what holds its address, of which the control plane hears as an attachment alone", async () => {
  await untilRunning(SHARING);
  expect(plane.submissions[0]).toMatchObject({
    containers: [],
    attachments: [{ attachmentArn: ATTACHMENT_ARN, status: "ATTACHED" }],
  });
  expect(plane.submissions[1]?.containers).toEqual(
    ["app", "side"].map((containerName) => expect.objectContaining({ containerName, status: "RUNNING" })),
  );
  expect(plane.submissions[1]?.containers[0]).not.toHaveProperty("networkBindings");
  const [pause, app] = [PAUSE, APP].map((name) => runtime.all().find((one) => one.name === name));
  expect(pause).toMatchObject({ status: "running", addresses: ["10.0.0.7"] });
  expect(app?.spec.body).not.toHaveProperty("Hostname");
  expect(app?.spec.body.HostConfig).toMatchObject({ NetworkMode: `container:${PAUSE}` });
  expect(app?.spec.body.HostConfig).not.toHaveProperty("Dns");
  expect(host.text()).toMatch(/-A \S+ -s 10.0.0.7\/32 -j \S+-E-0/);
  expect([...host.jumps].map((jump) => jump.split(" ")[0])).toEqual(["DOCKER-USER", "INPUT", "OUTPUT"]);
});

test("a container that is alone in its task holds the address itself, and is not started before its rules are there", async () => {
  plane.sendTask(aTask());
  await within(() => expect(runtime.created.get(APP)).toBe(1));
  expect(runtime.all()[0]).toMatchObject({ status: "created" });
  sendGroups();
  await within(() => expect(statuses()).toEqual(["PENDING", "RUNNING"]));
  expect(plane.submissions[0]?.attachments).toEqual([
    expect.objectContaining({ attachmentArn: ATTACHMENT_ARN, status: "ATTACHED" }),
  ]);
  expect(runtime.all()).toMatchObject([{ name: APP, status: "running", addresses: ["10.0.0.7"] }]);
  expect(runtime.all()[0]?.spec.body).toMatchObject({ Hostname: ID, MacAddress: "0a:00:00:00:00:01" });
  expect(runtime.all()[0]?.spec.body.HostConfig).not.toHaveProperty("Dns");
});

test("before a task is said to have stopped, what held its address is gone", async () => {
  await untilRunning();
  plane.refuseSubmissions(() => "ServerException");
  runtime.exit(APP, 3);
  await within(async () => expect(await namesOf()).toEqual([]));
  expect(host.text()).toBe("");
  expect(host.jumps.size).toBe(0);
  expect(runtime.all().map(({ name }) => name)).toEqual([APP]);
  plane.refuseSubmissions(null);
  await within(() => expect(statuses().at(-1)).toBe("STOPPED"));
  await within(() => expect(runtime.all()).toEqual([]));
});

test("a task whose interface someone removes is stopped, and says so", async () => {
  await untilRunning(SHARING);
  runtime.vanish(PAUSE);
  await within(() => expect(statuses().at(-1)).toBe("STOPPED"));
  // The task's end is put down to what comes with its first container's.
  const ends = plane.submissions.filter(({ containers }) =>
    containers?.some(({ status }) => status === "STOPPED"),
  );
  expect(ends.length).toBeGreaterThan(0);
  for (const { reason } of ends) expect(reason).toMatch(/^NetworkLostError/);
});

test("the next agent keeps a task's interface and its rules without being told anything", async () => {
  await untilRunning(SHARING);
  const before = host.text();
  await agent.stop();
  await host.filter.restore("");
  agent = await startAgent();
  expect(host.text()).toBe(before);
  await within(() => expect(plane.isConnected()).toBe(true));
  expect(runtime.created.get(PAUSE)).toBe(1);
  plane.sendTask(aTask({ ...SHARING, desiredStatus: "STOPPED" }));
  await within(() => expect(statuses().at(-1)).toBe("STOPPED"));
  expect(await namesOf()).toEqual([]);
});

test("an agent that was killed before it wrote down that a task has its interface holds it to its groups from the start", async () => {
  await untilRunning();
  const before = host.text();
  await agent.stop();
  const store = await openStateStore(dataDir);
  for (const task of await store.loadTasks()) await store.saveTask({ ...task, network: "NONE" });
  await host.filter.restore("");
  agent = await startAgent();
  expect(host.text()).toBe(before);
  await within(() => expect(plane.isConnected()).toBe(true));
  plane.sendTask(aTask({ desiredStatus: "STOPPED" }));
  await within(() => expect(statuses().at(-1)).toBe("STOPPED"));
  expect(host.text()).toBe("");
  expect(await namesOf()).toEqual([]);
});

test("a network of the same range is named as the reason why a task cannot run", async () => {
  host.routes.push({ dst: "10.0.0.0/8", dev: "tun0" });
  sendGroups();
  plane.sendTask(aTask());
  await within(() => expect(statuses()).toEqual(["STOPPED"]));
  expect(plane.submissions[0]?.reason).toBe(
    "ResourceInitializationError: the range 10.0.0.0/16 of vpc-1 cannot be used on this machine: it overlaps 10.0.0.0/8, to which this machine has a route on tun0",
  );
  expect(host.text()).toBe("");
});

test("an agent whose machine cannot hold packets back takes no such task, and does not say that it would", async () => {
  const names = ({ attributes = [] }: { readonly attributes?: unknown } = {}) =>
    (attributes as readonly { readonly name: string }[]).map(({ name }) => name);
  expect(names(plane.registrations[0])).toContain("ecs.capability.task-eni");
  await agent.stop();
  agent = await startAgent(null);
  await within(() => expect(plane.isConnected()).toBe(true));
  expect(names(plane.registrations[1])).not.toContain("ecs.capability.task-eni");
  plane.sendTask(aTask());
  await within(() => expect(statuses()).toEqual(["STOPPED"]));
  expect(plane.submissions[0]?.reason).toBe(
    "ResourceInitializationError: network mode awsvpc is not supported by this container instance",
  );
});

test.each([
  { operation: "create", holder: PAUSE, over: SHARING },
  { operation: "start", holder: PAUSE, over: SHARING },
  { operation: "start", holder: APP, over: {} },
] as const)(
  "a network that another agent removes as empty before the first $operation of $holder is made again",
  async ({ operation, holder, over }) => {
    let isFirst = true;
    runtime.intercept(operation, "before", async (subject) => {
      if (subject !== holder || !isFirst) return;
      isFirst = false;
      await runtime.removeNetwork("roadstead-vpc-1");
    });
    await untilRunning(over);
    expect(await namesOf()).toEqual(["roadstead-vpc-1"]);
  },
);

test("a network that another agent takes seconds to make is waited for", async () => {
  const { createNetwork } = runtime;
  let tries = 0;
  Object.assign(runtime, {
    async createNetwork(network: NetworkSpec) {
      tries += 1;
      if (tries === 4) await createNetwork(network);
      throw new RuntimeError("Engine", "Pool overlaps with other one on this address space");
    },
  });
  await untilRunning();
  expect(tries).toBe(4);
});

test.each(
  (["create", "start"] as const).flatMap((operation) =>
    (["before", "after"] as const).map((when) => ({ operation, when })),
  ),
)(
  "an engine that goes away $when the $operation of what holds the address makes no second one",
  async ({ operation, when }) => {
    let isFirst = true;
    runtime.intercept(operation, when, (subject) => {
      if (subject !== PAUSE || !isFirst) return;
      isFirst = false;
      throw new RuntimeError("Unavailable", "connect ENOENT docker.sock");
    });
    await untilRunning(SHARING);
    expect(runtime.created.get(PAUSE)).toBe(1);
    expect(runtime.all().map(({ name, status }) => [name, status])).toEqual([
      [PAUSE, "running"],
      [APP, "running"],
      [SIDE, "running"],
    ]);
  },
);

test("a task whose rules cannot be written does not run", async () => {
  const { restore } = host.filter;
  let isBroken = true;
  let tries = 0;
  let starts = 0;
  runtime.intercept("start", "before", () => {
    starts += 1;
  });
  host.filter.restore = (text) => {
    tries += 1;
    return isBroken ? Promise.reject(new Error("iptables-restore: no")) : restore(text);
  };
  sendGroups();
  plane.sendTask(aTask());
  await within(() => expect(tries).toBeGreaterThan(0));
  isBroken = false;
  await within(() => expect(statuses()).toEqual(["STOPPED"]));
  expect(plane.submissions[0]?.reason).toBe(
    "ResourceInitializationError: the task's network could not be made: iptables-restore: no",
  );
  expect(starts).toBe(0);
});
