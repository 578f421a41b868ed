/** Guarantees of provisioning on real PostgreSQL: no process is started here, agents are rows that these tests connect. */
import { openSession } from "@roadstead/db/agent-sessions";
import { insertContainerInstance } from "@roadstead/db/container-instances";
import { forgetHost, hostIdentity, hostsOfMachine, retireHost } from "@roadstead/db/fargate-fleets";
import type { NewLaunchRequest } from "@roadstead/db/launch-requests";
import { findTasks, tasksOfLaunch } from "@roadstead/db/tasks";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import {
  aLaunch,
  aRegistration,
  aWorld,
  box,
  openLaunch,
  useDb,
  type World,
} from "@roadstead/db/world.test-data";
import { NO_CAPACITY } from "@roadstead/model/fargate";
import { describe, expect, test } from "vitest";
import { provisionTasks } from "./provision-tasks.ts";

const at = useDb();
const MACHINE = "here";
const BUDGET = { cpu: 2_048, memoryMiB: 4_096 };

const pass = (world: World, over: { readonly capacityWaitMs?: number } = {}) =>
  provisionTasks(
    {
      db: at.db,
      secrets: box,
      machine: MACHINE,
      limits: { budget: BUDGET, capacityWaitMs: over.capacityWaitMs ?? 60_000 },
    },
    world.scope.id,
  );

async function launch(world: World, count: number, size = { cpu: 256, memoryMiB: 512 }) {
  const base = aLaunch(world);
  const wanted: NewLaunchRequest = {
    ...base,
    count,
    task: { ...base.task, launchType: "FARGATE", demand: { ...size, ports: [], gpus: 0 } },
  };
  const { request } = await openLaunch(at.db, wanted);
  return { request, ids: (await tasksOfLaunch(at.db, request.id)).map(({ id }) => id) };
}

const statuses = async (world: World, ids: readonly string[]) =>
  (await findTasks(at.db, world.cluster.id, ids)).map(({ lastStatus }) => lastStatus);

/** As each host's agent would: registers in the fleet's cluster and connects. */
async function bringUpHosts(world: World) {
  const [fleet] = await at.db.query<{ clusterId: string }>(
    `SELECT cluster_id AS "clusterId" FROM fargate_fleets WHERE scope_id = $1`,
    [world.scope.id],
  );
  for (const host of await hostsOfMachine(at.db, MACHINE)) {
    if (host.instanceId !== null) continue;
    await at.db.write(async (tx) => {
      const registration = aRegistration(
        { scope: world.scope, cluster: { id: fleet?.clusterId ?? "" } },
        {
          agentId: host.agentId,
          capacity: { cpu: host.cpu, memoryMiB: host.memoryMiB, gpuIds: [], reservedPorts: [] },
        },
      );
      const { id } = await insertContainerInstance(tx, registration);
      await openSession(tx, { instanceId: id, gatewayId: "g1", versionInfo: {} });
    });
  }
}

async function aWarmWorld(): Promise<World> {
  const world = await aWorld(at.db);
  await pass(world);
  await bringUpHosts(world);
  return world;
}

const stop = (ids: readonly string[]) =>
  at.db.write((tx) =>
    transitionTasks(
      tx,
      ids.map((taskId) => ({ taskId, stop: { stopCode: "UserInitiated", stoppedReason: "done" } })),
    ),
  );

describe("a launch", () => {
  test("is answered at once with tasks that are PROVISIONING, each with an event and nowhere yet", async () => {
    const world = await aWorld(at.db);
    const { request, ids } = await launch(world, 2);
    expect(request.status).toBe("DONE");
    expect(await statuses(world, ids)).toEqual(["PROVISIONING", "PROVISIONING"]);
    const events = await at.db.query("SELECT 1 FROM events WHERE kind = 'task' AND version = 1");
    expect(events).toHaveLength(2);
    expect(at.rung.map(({ kind }) => kind)).toContain("provisionTasks");
  });

  test("that is stopped before it has a host has stopped", async () => {
    const world = await aWorld(at.db);
    const { ids } = await launch(world, 1);
    await stop(ids);
    expect(await statuses(world, ids)).toEqual(["STOPPED"]);
    await pass(world);
    expect(await statuses(world, ids)).toEqual(["STOPPED"]);
  });
});

describe("a pass", () => {
  test("gives a fleet its first host before any task asks, with a key of its own", async () => {
    const world = await aWorld(at.db);
    expect(await pass(world)).toMatchObject({ hostsAdded: 1 });
    const [host] = await hostsOfMachine(at.db, MACHINE);
    expect(host).toMatchObject({ cpu: 1_024, memoryMiB: 2_048, status: "ACTIVE", instanceId: null });
    expect(await hostIdentity(at.db, box, host?.agentId ?? "")).toMatchObject({ region: world.scope.region });
    expect(await pass(world)).toMatchObject({ hostsAdded: 0 });
  });

  test("places on a host that is up, and takes exactly the tasks' sizes from it", async () => {
    const world = await aWarmWorld();
    const { ids } = await launch(world, 2);
    expect(await pass(world)).toMatchObject({ placed: 2, stopped: 0, hostsAdded: 0 });
    expect(await statuses(world, ids)).toEqual(["PENDING", "PENDING"]);
    const [row] = await at.db.query(
      `SELECT i.cpu_free AS cpu, i.memory_free AS memory FROM container_instances i
       JOIN fargate_fleets f ON f.cluster_id = i.cluster_id`,
    );
    expect(row).toEqual({ cpu: 512, memory: 1_024 });
  });

  test("adds a host when the fleet is full, and waits for it", async () => {
    const world = await aWarmWorld();
    const { ids } = await launch(world, 8);
    expect(await pass(world)).toMatchObject({ placed: 4, hostsAdded: 1, stopped: 0 });
    expect(await pass(world)).toMatchObject({ placed: 0, hostsAdded: 0 });
    const before = at.rung.length;
    await bringUpHosts(world);
    expect(at.rung.slice(before).map(({ kind }) => kind)).toContain("provisionTasks");
    expect(await pass(world)).toMatchObject({ placed: 4 });
    expect(new Set(await statuses(world, ids))).toEqual(new Set(["PENDING"]));
  });

  test("stops what has waited in vain, in AWS's words, and never gives out more than the machine has", async () => {
    const world = await aWarmWorld();
    const { ids } = await launch(world, 10);
    await pass(world);
    await bringUpHosts(world);
    expect(await pass(world)).toMatchObject({ placed: 4, hostsAdded: 0 });
    expect(await pass(world, { capacityWaitMs: 0 })).toMatchObject({ stopped: 2 });
    const stopped = (await findTasks(at.db, world.cluster.id, ids)).filter((t) => t.lastStatus === "STOPPED");
    expect(stopped.map(({ stopCode, stoppedReason }) => ({ stopCode, stoppedReason }))).toEqual([
      { stopCode: "TaskFailedToStart", stoppedReason: NO_CAPACITY },
      { stopCode: "TaskFailedToStart", stoppedReason: NO_CAPACITY },
    ]);
  });

  test("stops a task at once that is larger than the machine", async () => {
    const world = await aWarmWorld();
    const { ids } = await launch(world, 1, { cpu: 4_096, memoryMiB: 8_192 });
    expect(await pass(world)).toMatchObject({ stopped: 1, hostsAdded: 0 });
    expect(await statuses(world, ids)).toEqual(["STOPPED"]);
  });

  test("lets an idle host go for a task that needs more than a standard one", async () => {
    const world = await aWarmWorld();
    const { ids } = await launch(world, 1, { cpu: 2_048, memoryMiB: 4_096 });
    expect(await pass(world)).toMatchObject({ hostsAdded: 0, hostsRetired: 1, stopped: 0 });
    const [retired] = await hostsOfMachine(at.db, MACHINE);
    expect(retired).toMatchObject({ status: "RETIRED", instanceId: null });
    expect(await hostIdentity(at.db, box, retired?.agentId ?? "")).toBeNull();
    await at.db.write((tx) => forgetHost(tx, retired?.id ?? ""));
    expect(await pass(world)).toMatchObject({ hostsAdded: 1 });
    await bringUpHosts(world);
    expect(await pass(world)).toMatchObject({ placed: 1 });
    expect(await statuses(world, ids)).toEqual(["PENDING"]);
  });

  test("puts what was freed to use", async () => {
    const world = await aWarmWorld();
    const { ids } = await launch(world, 8);
    await pass(world);
    await bringUpHosts(world);
    await pass(world);
    const late = await launch(world, 1);
    expect(await pass(world)).toMatchObject({ placed: 0 });
    const before = at.rung.length;
    await at.db.write((tx) => transitionTasks(tx, [{ taskId: ids[0] ?? "", lastStatus: "STOPPED" }]));
    expect(at.rung.slice(before).map(({ kind }) => kind)).toContain("provisionTasks");
    expect(await pass(world)).toMatchObject({ placed: 1 });
    expect(await statuses(world, late.ids)).toEqual(["PENDING"]);
  });
});

test("a service says what its task found no room for", async () => {
  const world = await aWarmWorld();
  await at.db.query(
    `INSERT INTO services (id, scope_id, cluster_id, name, status, scheduling_strategy, launch_type, desired_count,
       task_definition_id, details, tags, enable_execute_command, request_hash)
     VALUES ('s', $1, $2, 'web', 'ACTIVE', 'REPLICA', 'FARGATE', 1, $3, '{}', '[]', false, '')`,
    [world.scope.id, world.cluster.id, world.definition.id],
  );
  const { ids } = await launch(world, 1, { cpu: 4_096, memoryMiB: 8_192 });
  await at.db.query("UPDATE task_state SET service_id = 's' WHERE task_id = $1", [ids[0] ?? ""]);
  const before = at.rung.length;
  await pass(world);
  expect(await at.db.query("SELECT message FROM service_events")).toEqual([
    {
      message:
        "(service web) was unable to place a task. Reason: Capacity is unavailable at this time. " +
        "Please try again later or in a different availability zone.",
    },
  ]);
  expect(at.rung.slice(before)).toContainEqual(
    expect.objectContaining({ kind: "reconcileService", key: "s" }),
  );
});

test("nothing is told of hosts: events are of what users can see", async () => {
  const world = await aWarmWorld();
  await launch(world, 1);
  await pass(world);
  const told = await at.db.query<{ objectId: string }>(
    `SELECT object_id AS "objectId" FROM events WHERE kind = 'container-instance'`,
  );
  expect(new Set(told.map(({ objectId }) => objectId))).toEqual(new Set([world.instance.id]));
});

test("a host with tasks is not given up", async () => {
  const world = await aWarmWorld();
  await launch(world, 1);
  await pass(world);
  const [host] = await hostsOfMachine(at.db, MACHINE);
  expect(await at.db.write((tx) => retireHost(tx, host?.id ?? ""))).toBe(false);
  expect(host).toMatchObject({ tasks: 1, isConnected: true });
});
