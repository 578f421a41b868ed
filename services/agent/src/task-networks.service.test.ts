import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { BUSYBOX_IMAGE, ensureBusyboxImage } from "@roadstead/runtime/busybox-image";
import { openDockerRuntime } from "@roadstead/runtime/docker/docker-runtime";
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import { createLogger } from "@roadstead/service-kit/log";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Agent, runAgent } from "./agent.ts";
import { configSchema } from "./config.ts";
import { CLUSTER_ARN, type ControlPlaneStub, startControlPlaneStub } from "./control-plane-stub.ts";
import { TASK_LABEL } from "./decide/create-config.ts";
import { openFilter } from "./network/filter.ts";
import type { GroupRule } from "./network/read-groups.ts";

const run = promisify(execFile);
const socketPath = process.env.ROADSTEAD_DOCKER_SOCKET ?? "/var/run/docker.sock";
const DEADLINE = { timeout: 20_000, interval: 50 };
const VPC = `vpc-${randomBytes(8).toString("hex")}`;
const CIDR = "10.198.0.0/16";
const log = createLogger({ service: "agent", level: "silent" });
/** Without root nothing of this can be. */
const filter = await openFilter(log);

let plane: ControlPlaneStub;
let runtime: ContainerRuntime;
let dataDir: string;
let agent: Agent;
const arns: string[] = [];
const tasks: ReturnType<typeof aTask>[] = [];

const startAgent = (seen: ContainerRuntime = runtime) =>
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
      }),
      log,
      runtime: seen,
      filter,
    },
    new AbortController().signal,
  );

const aContainer = (name: string, command: string) => ({
  name,
  image: BUSYBOX_IMAGE,
  essential: true,
  overrides: "{}",
  command: ["sh", "-c", command],
  portMappings: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }],
  dockerConfig: { config: "{}", hostConfig: "{}" },
});

function aTask(address: string, containers: readonly object[]) {
  const id = randomBytes(16).toString("hex");
  const arn = `arn:aws:ecs:us-east-1:000000000000:task/default/${id}`;
  arns.push(arn);
  return {
    arn,
    taskClusterArn: CLUSTER_ARN,
    family: "network-test",
    version: "1",
    desiredStatus: "RUNNING",
    networkMode: "awsvpc",
    volumes: [],
    containers,
    elasticNetworkInterfaces: [
      {
        index: 0,
        attachmentArn: `arn:aws:ecs:us-east-1:000000000000:attachment/${id}`,
        ec2Id: `eni-${id.slice(0, 17)}`,
        macAddress: `0a:${id.slice(0, 10).replace(/..(?!$)/g, "$&:")}`,
        ipv4Addresses: [{ primary: true, privateAddress: address }],
        subnetGatewayIpv4Address: "10.198.0.1/16",
        privateDnsName: `ip-${address.replaceAll(".", "-")}.us-east-1.compute.internal`,
        vpcId: VPC,
        vpcCidr: CIDR,
        subnetId: "subnet-1",
      },
    ],
  };
}

const every = { protocol: "-1", fromPort: -1, toPort: -1 };
const egress: GroupRule = { egress: true, ...every, cidr: "0.0.0.0/0" };
const ingress = (over: Partial<GroupRule>): GroupRule => ({
  egress: false,
  protocol: "tcp",
  fromPort: 80,
  toPort: 80,
  ...over,
});

const sendGroups = (
  members: Readonly<Record<string, readonly string[]>>,
  groups: Readonly<Record<string, readonly GroupRule[]>>,
) =>
  plane.send("SecurityGroupsMessage", {
    messageId: randomBytes(8).toString("hex"),
    vpcs: [
      {
        vpcId: VPC,
        cidr: CIDR,
        revision: "1",
        members: Object.entries(members).map(([address, groupIds]) => ({ address, groupIds })),
        groups: Object.entries(groups).map(([id, rules]) => ({ id, rules })),
      },
    ],
  });

const reportsOf = (arn: string) => plane.submissions.filter(({ task }) => task === arn);
const statusesOf = (arn: string) => reportsOf(arn).map(({ status }) => status);
const containersOf = (arn: string) => runtime.list([`${TASK_LABEL}=${arn}`]);
const untilRunning = (arn: string) =>
  vi.waitFor(() => expect(reportsOf(arn).at(-1)).toMatchObject({ status: "RUNNING" }), DEADLINE);

/** What a command in a container of the task says; null when it fails. */
async function said(arn: string, container: string, ...command: readonly string[]): Promise<string | null> {
  const found = (await containersOf(arn)).find(({ name }) => name.includes(`-${container}-`));
  return run("docker", ["exec", found?.id ?? "", ...command]).then(
    ({ stdout }) => stdout,
    () => null,
  );
}

/** What is served there; null where nothing comes back. */
async function reaches(arn: string, address: string): Promise<string | null> {
  const request = `printf "GET /name HTTP/1.0\\r\\n\\r\\n" | nc -w 1 ${address} 80`;
  const answer = await said(arn, "app", "sh", "-c", request);
  return answer?.split("\r\n\r\n")[1] ?? null;
}

const SERVES = (name: string) =>
  `busybox mkdir -p /tmp/w; echo ${name} > /tmp/w/name; exec httpd -f -p 80 -h /tmp/w`;

function sendTask(task: ReturnType<typeof aTask>): void {
  tasks.push(task);
  plane.sendTask(task);
}

async function stopTask(task: ReturnType<typeof aTask>): Promise<void> {
  plane.sendTask({ ...task, desiredStatus: "STOPPED" });
  await vi.waitFor(() => expect(statusesOf(task.arn).at(-1)).toBe("STOPPED"), DEADLINE);
}

/** Of this agent; others of the machine have their own. */
async function chainOf(address: string): Promise<string> {
  const { stdout } = await run("iptables-save", ["-t", "filter"]);
  return new RegExp(`-A (\\S+) -s ${address}/32`).exec(stdout)?.[1] ?? "";
}

async function rulesOf(chain: string): Promise<readonly string[]> {
  const { stdout } = await run("iptables-save", ["-t", "filter"]);
  const lines = stdout.split("\n").filter((line) => chain !== "" && line.includes(chain));
  return lines.map((line) => line.replace(/\[\d+:\d+\]/, "")).sort();
}

const networks = async () => (await runtime.networks()).filter(({ name }) => name === `roadstead-${VPC}`);

beforeAll(async () => {
  await ensureBusyboxImage();
  dataDir = await mkdtemp(join(tmpdir(), "roadstead-agent-"));
  plane = await startControlPlaneStub();
  runtime = await openDockerRuntime({ socketPath });
  agent = await startAgent();
  await vi.waitFor(() => expect(plane.isConnected()).toBe(true), DEADLINE);
});

afterEach(async () => {
  await vi.waitFor(() => expect(plane.isConnected()).toBe(true), DEADLINE);
  for (const task of tasks.splice(0)) if (statusesOf(task.arn).at(-1) !== "STOPPED") await stopTask(task);
});

afterAll(async () => {
  await agent.stop();
  await plane.close();
  await rm(dataDir, { recursive: true, force: true });
  for (const arn of arns) for (const { id } of await containersOf(arn)) await runtime.remove(id);
});

test.skipIf(!filter)(
  "a task has the address that it was given, its containers share localhost, and nothing of it is left",
  async () => {
    sendGroups({ "10.198.3.7": ["sg-1"] }, { "sg-1": [egress] });
    const task = aTask("10.198.3.7", [aContainer("app", "sleep 60"), aContainer("web", SERVES("web"))]);
    sendTask(task);
    await untilRunning(task.arn);
    expect(reportsOf(task.arn)[0]).toMatchObject({
      status: "PENDING",
      attachments: [{ attachmentArn: task.elasticNetworkInterfaces[0]?.attachmentArn, status: "ATTACHED" }],
    });
    const reported = reportsOf(task.arn).flatMap(({ containers }) => containers);
    expect(reported.map(({ containerName }) => containerName).sort()).toEqual(["app", "web"]);
    await expect.poll(() => reaches(task.arn, "127.0.0.1"), DEADLINE).toBe("web\n");
    expect(await said(task.arn, "app", "busybox", "ip", "addr", "show", "eth0")).toContain(
      "inet 10.198.3.7/16",
    );
    expect(await said(task.arn, "app", "busybox", "hostname")).toBe(
      "ip-10-198-3-7.us-east-1.compute.internal\n",
    );
    const chain = await chainOf("10.198.3.7");
    await stopTask(task);
    // The address is free, and everything that held it gone, before the task is said to have stopped.
    expect(await networks()).toEqual([]);
    expect(await rulesOf(chain)).toEqual([]);
    await vi.waitFor(async () => expect(await containersOf(task.arn)).toEqual([]), DEADLINE);
  },
  60_000,
);

test.skipIf(!filter)(
  "a container that is alone in its task has the address, its name and its rules as one of several has",
  async () => {
    sendGroups({ "10.198.3.8": ["sg-1"] }, { "sg-1": [egress] });
    const task = aTask("10.198.3.8", [aContainer("app", SERVES("web"))]);
    sendTask(task);
    await untilRunning(task.arn);
    expect(await containersOf(task.arn)).toHaveLength(1);
    await expect.poll(() => reaches(task.arn, "127.0.0.1"), DEADLINE).toBe("web\n");
    const link = await said(task.arn, "app", "busybox", "ip", "addr", "show", "eth0");
    expect(link).toContain("inet 10.198.3.8/16");
    expect(link).toContain(task.elasticNetworkInterfaces[0]?.macAddress);
    const name = "ip-10-198-3-8.us-east-1.compute.internal";
    expect(await said(task.arn, "app", "busybox", "hostname")).toBe(`${name}\n`);
    expect(await said(task.arn, "app", "cat", "/etc/hosts")).toMatch(
      new RegExp(`^10.198.3.8\\s+${name}`, "m"),
    );
    const chain = await chainOf("10.198.3.8");
    expect(chain).not.toBe("");
    await stopTask(task);
    expect(await networks()).toEqual([]);
    expect(await rulesOf(chain)).toEqual([]);
  },
  60_000,
);

test.skipIf(!filter)(
  "tasks reach each other by address where their groups let them, and not where they do not",
  async () => {
    const members = { "10.198.1.1": ["sg-web"], "10.198.1.2": ["sg-client"], "10.198.1.3": ["sg-other"] };
    const others = { "sg-client": [egress], "sg-other": [egress] };
    sendGroups(members, { ...others, "sg-web": [egress, ingress({ groupId: "sg-client" })] });
    const web = aTask("10.198.1.1", [aContainer("app", SERVES("web"))]);
    const client = aTask("10.198.1.2", [aContainer("app", "sleep 60")]);
    const other = aTask("10.198.1.3", [aContainer("app", "sleep 60")]);
    for (const task of [web, client, other]) sendTask(task);
    for (const { arn } of [web, client, other]) await untilRunning(arn);
    await expect.poll(() => reaches(client.arn, "10.198.1.1"), DEADLINE).toBe("web\n");
    expect(await reaches(other.arn, "10.198.1.1")).toBeNull();
    // A rule that goes lets nothing new through; one that comes does.
    sendGroups(members, { ...others, "sg-web": [egress, ingress({ cidr: "10.198.1.3/32" })] });
    await expect.poll(() => reaches(other.arn, "10.198.1.1"), DEADLINE).toBe("web\n");
    expect(await reaches(client.arn, "10.198.1.1")).toBeNull();
    // What may not leave does not arrive.
    sendGroups(members, {
      "sg-web": [ingress({ cidr: "0.0.0.0/0" })],
      "sg-client": [],
      "sg-other": [egress],
    });
    await expect.poll(() => reaches(other.arn, "10.198.1.1"), DEADLINE).toBe("web\n");
    expect(await reaches(client.arn, "10.198.1.1")).toBeNull();
  },
  90_000,
);

test.skipIf(!filter)(
  "an agent that is killed leaves tasks reachable and held to their groups; the next one adopts both",
  async () => {
    const members = { "10.198.2.1": ["sg-web"], "10.198.2.2": ["sg-client"], "10.198.2.3": ["sg-other"] };
    sendGroups(members, {
      "sg-client": [egress],
      "sg-other": [egress],
      "sg-web": [ingress({ groupId: "sg-client" })],
    });
    const web = aTask("10.198.2.1", [aContainer("app", SERVES("web")), aContainer("side", "sleep 60")]);
    const client = aTask("10.198.2.2", [aContainer("app", "sleep 60")]);
    const other = aTask("10.198.2.3", [aContainer("app", "sleep 60")]);
    for (const task of [web, client, other]) sendTask(task);
    for (const { arn } of [web, client, other]) await untilRunning(arn);
    const holds = async () => {
      await expect.poll(() => reaches(client.arn, "10.198.2.1"), DEADLINE).toBe("web\n");
      expect(await reaches(other.arn, "10.198.2.1")).toBeNull();
    };
    await holds();
    const chain = await chainOf("10.198.2.1");
    const rules = await rulesOf(chain);
    await agent.stop();
    await holds();
    // What someone flushed meanwhile is put back before anything is heard of the control plane.
    await run("iptables", ["-w", "-D", "DOCKER-USER", "-j", chain]);
    await run("iptables", ["-w", "-F", chain]);
    agent = await startAgent();
    expect(await rulesOf(chain)).toEqual(rules);
    await holds();
    await vi.waitFor(() => expect(plane.isConnected()).toBe(true), DEADLINE);
    const [pause] = (await containersOf(web.arn)).filter(({ name }) => name.includes("pause"));
    await run("docker", ["kill", pause?.id ?? ""]);
    await vi.waitFor(() => expect(statusesOf(web.arn).at(-1)).toBe("STOPPED"), DEADLINE);
    expect(reportsOf(web.arn).at(-1)?.reason).toMatch(/^NetworkLostError/);
  },
  90_000,
);

test.skipIf(!filter)(
  "what held a task's address and was killed while the agent was away is missed by the next agent",
  async () => {
    sendGroups({ "10.198.4.1": [] }, {});
    const task = aTask("10.198.4.1", [aContainer("app", "sleep 60"), aContainer("side", "sleep 60")]);
    sendTask(task);
    await untilRunning(task.arn);
    await agent.stop();
    const [pause] = (await containersOf(task.arn)).filter(({ name }) => name.includes("pause"));
    await run("docker", ["kill", pause?.id ?? ""]);
    agent = await startAgent();
    await vi.waitFor(() => expect(statusesOf(task.arn).at(-1)).toBe("STOPPED"), DEADLINE);
    expect(reportsOf(task.arn).at(-1)?.reason).toMatch(/^NetworkLostError/);
  },
  90_000,
);

test.skipIf(!filter)(
  "what held a task's address and is killed while the agent begins is missed at once",
  async () => {
    sendGroups({ "10.198.5.1": [] }, {});
    const task = aTask("10.198.5.1", [aContainer("app", "sleep 60"), aContainer("side", "sleep 60")]);
    sendTask(task);
    await untilRunning(task.arn);
    await agent.stop();
    const [pause] = (await containersOf(task.arn)).filter(({ name }) => name.includes("pause"));
    let isKilled = false;
    agent = await startAgent({
      ...runtime,
      // All has been looked at by then.
      async *events(options) {
        if (!isKilled) await run("docker", ["kill", pause?.id ?? ""]);
        isKilled = true;
        yield* runtime.events(options);
      },
    });
    await vi.waitFor(() => expect(statusesOf(task.arn).at(-1)).toBe("STOPPED"), DEADLINE);
  },
  90_000,
);

test.skipIf(!filter)(
  "a range that another network of the machine has is refused, and that network named",
  async () => {
    const taken = `roadstead-test-${process.pid}`;
    await run("docker", ["network", "create", "--subnet", "10.198.128.0/24", taken]);
    try {
      sendGroups({ "10.198.3.1": [] }, {});
      const task = aTask("10.198.3.1", [aContainer("app", "sleep 60")]);
      sendTask(task);
      await vi.waitFor(() => expect(statusesOf(task.arn)).toEqual(["STOPPED"]), DEADLINE);
      expect(reportsOf(task.arn)[0]?.reason).toBe(
        `ResourceInitializationError: the range 10.198.0.0/16 of ${VPC} cannot be used on this machine: it overlaps 10.198.128.0/24 of the engine's network ${taken}`,
      );
    } finally {
      await run("docker", ["network", "rm", taken]);
    }
  },
  60_000,
);

test.skipIf(!filter)(
  "a Fargate task measures its own size from inside, and sees no process but its own",
  async () => {
    sendGroups({ "10.198.4.1": [], "10.198.4.2": [] }, {});
    const size = { launchType: "FARGATE", cpu: 0.25, memory: 64 };
    const one = { ...aTask("10.198.4.1", [aContainer("app", "sleep 61")]), ...size };
    const two = { ...aTask("10.198.4.2", [aContainer("app", "sleep 62")]), ...size };
    for (const task of [one, two]) sendTask(task);
    for (const { arn } of [one, two]) await untilRunning(arn);
    const read = (path: string) => said(one.arn, "app", "cat", `/sys/fs/cgroup/${path}`);
    expect(await read("memory/memory.limit_in_bytes")).toBe(`${64 * 1_024 * 1_024}\n`);
    expect(await read("cpu/cpu.cfs_quota_us")).toBe("25000\n");
    const processes = await said(one.arn, "app", "busybox", "ps", "-o", "args");
    expect(processes).toContain("sleep 61");
    expect(processes?.trim().split("\n")).toHaveLength(3);
    expect(await said(one.arn, "app", "cat", "/proc/self/status")).toMatch(/Seccomp:\s*2/);
  },
  60_000,
);

/** Of the pool of load balancers, at its far end. */
const BALANCER = "198.18.127.200";

/** Whether the machine reaches the task, from an address of its own. */
const reachesFromMachine = (address: string, from?: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port: 80, ...(from ? { localAddress: from } : {}) });
    const end = (isReached: boolean) => {
      socket.destroy();
      resolve(isReached);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });

test.skipIf(!filter)(
  "a load balancer reaches a task if it is in a group that may, as the machine's other programs do anyhow; so do pings",
  async () => {
    await run("ip", ["address", "replace", `${BALANCER}/32`, "dev", "lo"]);
    try {
      const members = { "10.198.5.1": ["sg-web"], "10.198.5.2": ["sg-client"], [BALANCER]: ["sg-lb"] };
      const others = { "sg-client": [egress], "sg-lb": [egress] };
      const ping = { egress: false, protocol: "icmp", fromPort: 8, toPort: -1, groupId: "sg-client" };
      sendGroups(members, { ...others, "sg-web": [ping] });
      const web = aTask("10.198.5.1", [aContainer("app", SERVES("web"))]);
      const client = aTask("10.198.5.2", [aContainer("app", "sleep 60")]);
      for (const task of [web, client]) sendTask(task);
      for (const { arn } of [web, client]) await untilRunning(arn);
      await expect.poll(() => reachesFromMachine("10.198.5.1"), DEADLINE).toBe(true);
      expect(await reachesFromMachine("10.198.5.1", BALANCER)).toBe(false);
      const pings = ["busybox", "ping", "-c", "1", "-W", "1"];
      await expect
        .poll(() => said(client.arn, "app", ...pings, "10.198.5.1"), DEADLINE)
        .toContain("1 packets received");
      expect(await said(web.arn, "app", ...pings, "10.198.5.2")).toBeNull();
      sendGroups(members, { ...others, "sg-web": [ingress({ groupId: "sg-lb" })] });
      await expect.poll(() => reachesFromMachine("10.198.5.1", BALANCER), DEADLINE).toBe(true);
      expect(await reaches(client.arn, "10.198.5.1")).toBeNull();
    } finally {
      await run("ip", ["address", "delete", `${BALANCER}/32`, "dev", "lo"]);
    }
  },
  60_000,
);

test.skipIf(!filter)(
  "tasks of different VPCs do not reach each other, whatever their groups let through; the machine reaches both",
  async () => {
    const elsewhere = { vpcId: `${VPC.slice(0, -1)}x`, vpcCidr: "10.199.0.0/16" };
    const moved = (task: ReturnType<typeof aTask>) => ({
      ...task,
      elasticNetworkInterfaces: task.elasticNetworkInterfaces.map((one) => ({
        ...one,
        ...elsewhere,
        subnetGatewayIpv4Address: "10.199.0.1/16",
      })),
    });
    const open = [{ id: "sg-open", rules: [egress, ingress({ ...every, cidr: "0.0.0.0/0" })] }];
    const vpcOf = (vpcId: string, cidr: string, addresses: readonly string[]) => {
      const members = addresses.map((address) => ({ address, groupIds: ["sg-open"] }));
      return { vpcId, cidr, revision: "1", members, groups: open };
    };
    plane.send("SecurityGroupsMessage", {
      messageId: randomBytes(8).toString("hex"),
      vpcs: [
        vpcOf(VPC, CIDR, ["10.198.6.1", "10.198.6.2"]),
        vpcOf(elsewhere.vpcId, elsewhere.vpcCidr, ["10.199.6.1", "10.199.6.2"]),
      ],
    });
    const app = () => [aContainer("app", SERVES("web"))];
    const [one, two] = [aTask("10.198.6.1", app()), aTask("10.198.6.2", app())];
    const [other, another] = [moved(aTask("10.199.6.1", app())), moved(aTask("10.199.6.2", app()))];
    for (const task of [one, two, other, another]) sendTask(task);
    for (const { arn } of [one, two, other, another]) await untilRunning(arn);
    // Within their own each reaches its neighbour.
    await expect.poll(() => reaches(one.arn, "10.198.6.2"), DEADLINE).toBe("web\n");
    await expect.poll(() => reaches(other.arn, "10.199.6.2"), DEADLINE).toBe("web\n");
    expect([await reaches(one.arn, "10.199.6.1"), await reaches(other.arn, "10.198.6.1")]).toEqual([
      null,
      null,
    ]);
    for (const address of ["10.198.6.1", "10.199.6.1"]) {
      await expect.poll(() => reachesFromMachine(address), DEADLINE).toBe(true);
    }
  },
  60_000,
);
