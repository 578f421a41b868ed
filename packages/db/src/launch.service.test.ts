/** Guarantees of a launch, from acceptance to the last report, on real PostgreSQL. */
import { randomBytes } from "node:crypto";
import { usePostgres } from "@roadstead/testing/postgres";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bootstrapAccount, FIRST_ACCOUNT_ID } from "./accounts.ts";
import { closeSession, markDelivered, openSession } from "./agent-sessions.ts";
import type { CommittedBell } from "./bells.ts";
import { createCluster } from "./clusters.ts";
import { type Db, openDb } from "./connect.ts";
import { findContainerInstance, insertContainerInstance, instancePorts } from "./container-instances.ts";
import {
  expireLaunchRequest,
  findLaunchRequest,
  type NewLaunchRequest,
  openLaunchRequest,
} from "./launch-requests.ts";
import { migrate } from "./migrate.ts";
import { commitPlacement, loadPlacement, type PlacementDecision } from "./place-tasks.ts";
import { findScope } from "./scopes.ts";
import { createSecretBox } from "./secrets.ts";
import { insertTaskDefinition } from "./task-definitions.ts";
import { archiveStoppedTasks } from "./task-history.ts";
import { findTasks, tasksOfLaunch } from "./tasks.ts";
import { transitionTasks } from "./transition-tasks.ts";

const postgres = usePostgres({ migrate });
const box = createSecretBox([{ id: "a", key: randomBytes(32) }], "test");
const REGION = "eu-test-1";

let db: Db;
let rung: CommittedBell[];
beforeEach(() => {
  rung = [];
  db = openDb({ url: postgres.url(), max: 8, onCommittedBells: (bells) => rung.push(...bells) });
});
afterEach(() => db.close());

/** An account with a cluster, a task definition and one machine of 1024 CPU units and 1000 MiB. */
async function aWorld() {
  await bootstrapAccount(db, box, { accountId: FIRST_ACCOUNT_ID, name: "first", regions: [REGION] });
  const scope = await findScope(db, { accountId: FIRST_ACCOUNT_ID, region: REGION });
  if (!scope) throw new Error("no scope");
  return db.write(async (tx) => {
    const cluster = await createCluster(tx, {
      scopeId: scope.id,
      name: "default",
      details: {
        settings: [],
        configuration: null,
        serviceConnectDefaults: null,
        capacityProviders: [],
        defaultCapacityProviderStrategy: [],
      },
      tags: [],
    });
    const definition = await insertTaskDefinition(tx, {
      scopeId: scope.id,
      family: "web",
      definition: { family: "web", containerDefinitions: [], volumes: [], placementConstraints: [] },
      compatibilities: ["EC2"],
      requiresAttributes: [],
      tags: [],
      registeredBy: "arn:aws:iam::000000000000:root",
    });
    const instance = await insertContainerInstance(tx, {
      scopeId: scope.id,
      clusterId: cluster.id,
      agentId: null,
      clientToken: null,
      ec2InstanceId: null,
      versionInfo: {},
      attributes: [],
      tags: [],
      resources: [],
      capacity: { cpu: 1024, memoryMiB: 1000, gpuIds: [], reservedPorts: [{ protocol: "tcp", port: 22 }] },
    });
    return { scope, cluster, definition, instance };
  });
}

type World = Awaited<ReturnType<typeof aWorld>>;

const aLaunch = (world: World, launch: Partial<NewLaunchRequest> = {}): NewLaunchRequest => ({
  scopeId: world.scope.id,
  clusterId: world.cluster.id,
  clientToken: null,
  requestHash: "hash",
  deadlineMs: 60_000,
  parameters: { constraints: [], strategy: [] },
  instanceIds: null,
  count: 1,
  task: {
    taskDefinitionId: world.definition.id,
    family: "web",
    launchType: "EC2",
    group: "family:web",
    startedBy: null,
    demand: { cpu: 256, memoryMiB: 100, ports: [], gpus: 0 },
    cpu: null,
    memory: null,
    overrides: {},
    containers: [
      {
        name: "app",
        image: "busybox",
        essential: true,
        cpu: 256,
        memoryMiB: 100,
        memoryReservationMiB: null,
        hasHealthCheck: false,
      },
    ],
    tags: [],
    enableExecuteCommand: false,
  },
  ...launch,
});

const open = (launch: NewLaunchRequest) => db.write((tx) => openLaunchRequest(tx, launch));

/** Loads and commits with everything placed on the one machine. */
async function placeAll(world: World) {
  const snapshot = await db.read((tx) => loadPlacement(tx, world.cluster.id));
  const decision: PlacementDecision = {
    placements: snapshot.tasks.map((task) => ({ taskId: task.id, instanceId: world.instance.id })),
    failures: [],
  };
  return db.write((tx) => commitPlacement(tx, world.cluster.id, snapshot, decision));
}

const free = async (world: World) => (await findContainerInstance(db, world.instance.id))?.cpuFree;

describe("a launch request", () => {
  test("is answered once placed, and its tasks appear only then", async () => {
    const world = await aWorld();
    const { request } = await open(aLaunch(world, { count: 2 }));
    expect(rung).toContainEqual(expect.objectContaining({ kind: "placeTasks", key: world.cluster.id }));
    expect(await tasksOfLaunch(db, request.id)).toEqual([]);

    expect((await placeAll(world)).finishedRequests).toEqual([request.id]);
    const tasks = await tasksOfLaunch(db, request.id);
    expect(tasks.map((task) => [task.lastStatus, task.version, task.revision])).toEqual([
      ["PENDING", 1, 1],
      ["PENDING", 1, 1],
    ]);
    expect(await free(world)).toBe(512);
    expect(await db.query("SELECT * FROM bells")).toEqual([]);
  });

  test("with a known token is the earlier one, however many callers race", async () => {
    const world = await aWorld();
    const opened = await Promise.all(
      Array.from({ length: 6 }, () => open(aLaunch(world, { clientToken: "once" }))),
    );
    expect(new Set(opened.map(({ request }) => request.id)).size).toBe(1);
    expect(opened.filter(({ created }) => created)).toHaveLength(1);
    await placeAll(world);
    expect(await tasksOfLaunch(db, opened[0]?.request.id ?? "")).toHaveLength(1);
  });

  test("that expired launches nothing afterwards and gives its token back", async () => {
    const world = await aWorld();
    const { request } = await open(aLaunch(world, { clientToken: "again" }));
    const snapshot = await db.read((tx) => loadPlacement(tx, world.cluster.id));
    expect((await db.write((tx) => expireLaunchRequest(tx, request.id)))?.status).toBe("EXPIRED");

    const placements = snapshot.tasks.map((task) => ({ taskId: task.id, instanceId: world.instance.id }));
    await db.write((tx) => commitPlacement(tx, world.cluster.id, snapshot, { placements, failures: [] }));
    expect(await tasksOfLaunch(db, request.id)).toEqual([]);
    expect(await free(world)).toBe(1024);
    expect((await open(aLaunch(world, { clientToken: "again" }))).created).toBe(true);
  });

  test("that was placed first is not expired by a late caller", async () => {
    const world = await aWorld();
    const { request } = await open(aLaunch(world));
    await placeAll(world);
    expect((await db.write((tx) => expireLaunchRequest(tx, request.id)))?.status).toBe("DONE");
    expect(await tasksOfLaunch(db, request.id)).toHaveLength(1);
  });

  test("keeps each failure as a line and no task for it", async () => {
    const world = await aWorld();
    const { request } = await open(aLaunch(world));
    const snapshot = await db.read((tx) => loadPlacement(tx, world.cluster.id));
    const failures = snapshot.tasks.map((task) => ({
      taskId: task.id,
      instanceId: world.instance.id,
      reason: "RESOURCE:MEMORY",
      detail: null,
    }));
    await db.write((tx) => commitPlacement(tx, world.cluster.id, snapshot, { placements: [], failures }));
    const finished = await findLaunchRequest(db, request.id);
    expect(finished).toMatchObject({ status: "DONE", failures: [{ reason: "RESOURCE:MEMORY" }] });
    expect(await db.query("SELECT 1 FROM tasks")).toEqual([]);
  });
});

describe("capacity", () => {
  test("is never oversubscribed by committers that decided on the same snapshot", async () => {
    const world = await aWorld();
    await Promise.all(Array.from({ length: 8 }, () => open(aLaunch(world))));
    const commits = await Promise.all(Array.from({ length: 4 }, () => placeAll(world)));
    expect(await free(world)).toBe(0);
    const [placed] = await db.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM task_state WHERE last_status = 'PENDING'",
    );
    expect(placed?.count).toBe(4);
    expect(commits.some(({ lostRaces }) => lostRaces > 0)).toBe(true);
  });

  test("gives a host port to one task only, per protocol", async () => {
    const world = await aWorld();
    const port = { protocol: "tcp" as const, port: 8080 };
    const base = aLaunch(world);
    const withPorts = (ports: (typeof port | { protocol: "udp"; port: number })[]) =>
      aLaunch(world, { task: { ...base.task, demand: { ...base.task.demand, ports } } });
    await open(withPorts([port]));
    await open(withPorts([port]));
    await open(withPorts([{ protocol: "udp", port: 8080 }]));
    expect((await placeAll(world)).lostRaces).toBe(1);
    const taken = await instancePorts(db, [world.instance.id]);
    expect(taken.map(({ protocol, port: number }) => `${protocol}/${number}`).sort()).toEqual([
      "tcp/22",
      "tcp/8080",
      "udp/8080",
    ]);
  });
});

describe("a placed task", () => {
  async function aPlacedTask() {
    const world = await aWorld();
    const { request } = await open(aLaunch(world));
    await placeAll(world);
    const [task] = await tasksOfLaunch(db, request.id);
    if (!task) throw new Error("not placed");
    const report = (change: Partial<Parameters<typeof transitionTasks>[1][number]>) =>
      db.write((tx) => transitionTasks(tx, [{ taskId: task.id, ...change }]));
    const now = async () => (await findTasks(db, world.cluster.id, [task.id]))[0];
    return { world, task, report, now };
  }

  const exited = (exitCode: number) => ({
    name: "app",
    status: "STOPPED" as const,
    exitCode,
    reason: null,
    runtimeId: "c1",
    imageDigest: null,
    networkBindings: null,
  });

  test("runs, exits, and gives back what it held exactly once", async () => {
    const { world, report, now, task } = await aPlacedTask();
    await report({
      lastStatus: "RUNNING",
      containers: [{ ...exited(0), status: "RUNNING", exitCode: null }],
    });
    expect(await now()).toMatchObject({ lastStatus: "RUNNING", startedAt: expect.any(Date), version: 2 });
    const stopped = { lastStatus: "STOPPED" as const, containers: [exited(3)] };
    await Promise.all([report(stopped), report(stopped)]);
    expect(await now()).toMatchObject({
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      version: 3,
      containers: [{ exitCode: 3, lastStatus: "STOPPED" }],
    });
    expect(await free(world)).toBe(1024);
    const events = await db.query<{ version: number }>(
      "SELECT version FROM events WHERE object_id = $1 ORDER BY id",
      [task.id],
    );
    expect(events.map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  test("never goes back, and keeps the first reason to stop", async () => {
    const { report, now } = await aPlacedTask();
    await report({ stop: { stopCode: "UserInitiated", stoppedReason: "mine" } });
    await report({ lastStatus: "STOPPING" });
    await report({ lastStatus: "RUNNING" });
    await report({ stop: { stopCode: "ServiceSchedulerInitiated", stoppedReason: "later" } });
    expect(await now()).toMatchObject({
      lastStatus: "STOPPING",
      stopCode: "UserInitiated",
      stoppedReason: "mine",
    });
  });

  test("is none of another instance's business", async () => {
    const { report, now } = await aPlacedTask();
    await report({ lastStatus: "STOPPED", reportedBy: "someone-else" });
    expect(await now()).toMatchObject({ lastStatus: "PENDING", version: 1 });
  });

  test("rings its agent only where there is a socket, and a stale socket acknowledges nothing", async () => {
    const { world, report, task } = await aPlacedTask();
    expect(rung.filter(({ kind }) => kind === "deliver")).toEqual([]);
    const socket = { instanceId: world.instance.id, gatewayId: "g1", versionInfo: {} };
    const first = await db.write((tx) => openSession(tx, socket));
    const second = await db.write((tx) => openSession(tx, { ...socket, gatewayId: "g2" }));
    expect(second.epoch).toBe(first.epoch + 1);
    await report({ stop: { stopCode: "UserInitiated", stoppedReason: "x" } });
    expect(rung).toContainEqual({ kind: "deliver", key: world.instance.id, gatewayId: "g2", delayMs: 0 });
    expect(await db.write((tx) => closeSession(tx, first))).toBe(false);
    await markDelivered(db, second, [{ taskId: task.id, desiredStatus: "STOPPED" }]);
    const [state] = await db.query<{ epoch: string }>("SELECT delivered_epoch AS epoch FROM task_state");
    expect(Number(state?.epoch)).toBe(second.epoch);
  });

  test("leaves the hot tables some time after it stopped", async () => {
    const { report, now } = await aPlacedTask();
    await report({ lastStatus: "STOPPED" });
    expect(await archiveStoppedTasks(db)).toBe(0);
    expect(await archiveStoppedTasks(db, -1)).toBe(1);
    expect(await now()).toBeUndefined();
    expect(await db.query("SELECT 1 FROM task_history")).toHaveLength(1);
  });
});
