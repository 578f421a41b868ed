/** Guarantees of container instances and of their agents' sockets on real PostgreSQL. */
import { describe, expect, test } from "vitest";
import {
  closeSession,
  keepSessionsAlive,
  markDelivered,
  openSession,
  recordMetrics,
  silentSessions,
  takeSequence,
  undeliveredInstances,
} from "./agent-sessions.ts";
import { createAgentKey } from "./agents.ts";
import {
  countActiveInstances,
  countInstanceTasks,
  findContainerInstance,
  findInstanceOfAgent,
  insertContainerInstance,
  instancePorts,
  reregisterContainerInstance,
  setInstanceStatus,
} from "./container-instances.ts";
import { tasksOnInstance } from "./tasks.ts";
import { transitionTasks } from "./transition-tasks.ts";
import { aRegistration, aWorld, box, freeCpu, placedTasks, useDb, type World } from "./world.test-data.ts";

const at = useDb();
const register = (world: World, over: Parameters<typeof aRegistration>[1] = {}) =>
  at.db.write((tx) => insertContainerInstance(tx, aRegistration(world, over)));
const renew = (world: World, cpu: number, over: Parameters<typeof aRegistration>[1] = {}) =>
  at.db.write((tx) =>
    reregisterContainerInstance(
      tx,
      world.instance.id,
      aRegistration(world, { capacity: { cpu, memoryMiB: 1000, gpuIds: [], reservedPorts: [] }, ...over }),
    ),
  );
const stop = (taskId: string | undefined) =>
  at.db.write((tx) => transitionTasks(tx, [{ taskId: taskId ?? "", lastStatus: "STOPPED" }]));

describe("a registration", () => {
  test("with a known client token is the same instance, until that is deregistered", async () => {
    const world = await aWorld(at.db);
    const [one, two] = await Promise.all([
      register(world, { clientToken: "t" }),
      register(world, { clientToken: "t" }),
    ]);
    expect(one?.id).toBe(two?.id);
    await at.db.write((tx) => setInstanceStatus(tx, one?.id ?? "", "INACTIVE"));
    const next = await register(world, { clientToken: "t" });
    expect(next).toMatchObject({ status: "ACTIVE" });
    expect(next.id).not.toBe(one?.id);
  });

  test("of an agent is one at a time", async () => {
    const world = await aWorld(at.db);
    await createAgentKey(at.db, box, { scope: world.scope, clusterName: "default" });
    const [agent] = await at.db.query<{ id: string }>("SELECT id FROM agents");
    const agentId = agent?.id ?? "";
    const first = await register(world, { agentId });
    await expect(register(world, { agentId })).rejects.toThrow("container_instances_agent");
    expect(await findInstanceOfAgent(at.db, agentId)).toMatchObject({ id: first.id });
    await at.db.write((tx) => setInstanceStatus(tx, first.id, "INACTIVE"));
    expect(await findInstanceOfAgent(at.db, agentId)).toBeNull();
    expect((await register(world, { agentId })).id).not.toBe(first.id);
  });

  test("renewed keeps what tasks hold and the attributes a user has put", async () => {
    const world = await aWorld(at.db);
    await placedTasks(at.db, world, 2);
    await renew(world, 1024, {
      attributes: [
        { name: "kept", value: "1" },
        { name: "os", value: "old" },
      ],
    });
    const row = await renew(world, 2048, {
      attributes: [{ name: "os", value: "new" }],
      versionInfo: { agentVersion: "2" },
    });
    expect(row).toMatchObject({ id: world.instance.id, cpuTotal: 2048, cpuFree: 1536, memoryFree: 800 });
    expect(row.attributes).toEqual([
      { name: "os", value: "new" },
      { name: "kept", value: "1" },
    ]);
    expect(row.versionInfo).toEqual({ agentVersion: "2" });
    expect(await instancePorts(at.db, [world.instance.id])).toEqual([]);
  });

  test("renewed with less never gives out what its tasks still hold", async () => {
    const world = await aWorld(at.db);
    const tasks = await placedTasks(at.db, world, 4);
    const free: (number | undefined)[] = [(await renew(world, 512)).cpuFree];
    for (const task of tasks) {
      await stop(task.id);
      free.push(await freeCpu(at.db, world));
    }
    expect(free).toEqual([0, 0, 0, 256, 512]);
  });
});

test("counts and ports follow the tasks on an instance", async () => {
  const world = await aWorld(at.db);
  const [first, second] = await placedTasks(at.db, world, 3);
  await at.db.write((tx) => transitionTasks(tx, [{ taskId: first?.id ?? "", lastStatus: "RUNNING" }]));
  await stop(second?.id);
  expect(await at.db.read((tx) => countInstanceTasks(tx, [world.instance.id]))).toEqual([
    { instanceId: world.instance.id, running: 1, pending: 1 },
  ]);
  expect(await tasksOnInstance(at.db, world.instance.id)).toHaveLength(2);
  expect(await countActiveInstances(at.db, world.cluster.id)).toBe(1);
  expect(await freeCpu(at.db, world)).toBe(512);
});

test("every change of an instance that users see makes one event, with a version of its own", async () => {
  const world = await aWorld(at.db);
  const { id } = world.instance;
  const session = await at.db.write((tx) =>
    openSession(tx, { instanceId: id, gatewayId: "g", versionInfo: {} }),
  );
  await at.db.write((tx) => closeSession(tx, session));
  await at.db.write((tx) => setInstanceStatus(tx, id, "INACTIVE"));
  const events = await at.db.query<{ version: number; status: string; connected: boolean }>(
    `SELECT version, detail->>'status' AS status, (detail->>'agentConnected')::boolean AS connected
     FROM events WHERE object_id = $1 ORDER BY id`,
    [id],
  );
  expect(events.map(({ status, connected }) => [status, connected])).toEqual([
    ["ACTIVE", false],
    ["ACTIVE", true],
    ["ACTIVE", false],
    ["INACTIVE", false],
  ]);
  const versions = events.map(({ version }) => version);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
});

describe("a session", () => {
  const open = (world: World, gatewayId = "g1") =>
    at.db.write((tx) =>
      openSession(tx, { instanceId: world.instance.id, gatewayId, versionInfo: { agentVersion: "1" } }),
    );
  const events = (taskId: string | undefined) =>
    at.db.query<{ version: number; connectivity: string | null }>(
      "SELECT version, detail->>'connectivity' AS connectivity FROM events WHERE object_id = $1 ORDER BY id",
      [taskId ?? ""],
    );

  test("that is newer wins: the older one can neither close, count, deliver nor stay alive", async () => {
    const world = await aWorld(at.db);
    const [task] = await placedTasks(at.db, world, 1);
    const old = await open(world, "g1");
    const now = await open(world, "g2");
    expect(now.epoch).toBe(old.epoch + 1);
    expect(await at.db.write((tx) => closeSession(tx, old))).toBe(false);
    expect(await takeSequence(at.db, old, 1)).toBeNull();
    expect(await keepSessionsAlive(at.db, "g1", [old])).toEqual([world.instance.id]);
    expect(await keepSessionsAlive(at.db, "g2", [now])).toEqual([]);
    await markDelivered(at.db, old, [{ taskId: task?.id ?? "", desiredStatus: "RUNNING" }]);
    expect(await undeliveredInstances(at.db, "g2")).toEqual([world.instance.id]);
    await markDelivered(at.db, now, [{ taskId: task?.id ?? "", desiredStatus: "RUNNING" }]);
    expect(await undeliveredInstances(at.db, "g2")).toEqual([]);
    expect(await findContainerInstance(at.db, world.instance.id)).toMatchObject({ agentConnected: true });
  });

  test("acknowledges the wish it was told of, not the one that followed", async () => {
    const world = await aWorld(at.db);
    const [task] = await placedTasks(at.db, world, 1);
    const session = await open(world);
    const cause = { stopCode: "UserInitiated", stoppedReason: "x" } as const;
    await at.db.write((tx) => transitionTasks(tx, [{ taskId: task?.id ?? "", stop: cause }]));
    await markDelivered(at.db, session, [{ taskId: task?.id ?? "", desiredStatus: "RUNNING" }]);
    expect(await undeliveredInstances(at.db, "g1")).toEqual([world.instance.id]);
  });

  test("hands out sequence numbers once, over reconnections too", async () => {
    const world = await aWorld(at.db);
    const first = await open(world);
    const taken = await Promise.all([takeSequence(at.db, first, 2), takeSequence(at.db, first, 2)]);
    expect(taken.map(Number).sort()).toEqual([1, 3]);
    expect(await takeSequence(at.db, await open(world), 1)).toBe(5);
  });

  test("closed says its tasks are disconnected, each with a version and an event, and drops its bells", async () => {
    const world = await aWorld(at.db);
    const [task] = await placedTasks(at.db, world, 1);
    const session = await open(world);
    await markDelivered(at.db, session, [{ taskId: task?.id ?? "", desiredStatus: "RUNNING" }]);
    await at.db.write(async (tx) => tx.bell("deliver", world.instance.id));
    expect(await at.db.write((tx) => closeSession(tx, session))).toBe(true);
    expect(await at.db.write((tx) => closeSession(tx, session))).toBe(false);
    expect(await at.db.query("SELECT 1 FROM bells WHERE kind = 'deliver'")).toEqual([]);
    const [row] = await tasksOnInstance(at.db, world.instance.id);
    expect(row).toMatchObject({ connectivity: "DISCONNECTED", version: 2 });
    await open(world);
    expect(await events(task?.id)).toEqual([
      { version: 1, connectivity: null },
      { version: 2, connectivity: "DISCONNECTED" },
      { version: 3, connectivity: "CONNECTED" },
    ]);
  });

  test("is silent once its gateway has said nothing for a while", async () => {
    const world = await aWorld(at.db);
    const session = await open(world);
    expect(await silentSessions(at.db, 5_000)).toEqual([]);
    await at.db.query("UPDATE agent_sessions SET alive_at = now() - interval '6 seconds'");
    expect(await silentSessions(at.db, 5_000)).toEqual([session]);
  });

  test("keeps the newest utilisation of its own tasks only", async () => {
    const world = await aWorld(at.db);
    const [task] = await placedTasks(at.db, world, 1);
    const session = await open(world);
    const record = (second: number, cpuPercent: number | null, taskId = task?.id ?? "") =>
      recordMetrics(at.db, session, new Date(second * 1_000), [
        { taskId, containerName: "app", cpuPercent, memoryMiB: 1 },
      ]);
    await record(20, 2);
    await record(10, 1);
    await record(30, null);
    await record(30, 9);
    await record(30, 1, "unknown");
    expect(await at.db.query("SELECT cpu_percent AS cpu FROM task_metrics")).toEqual([{ cpu: null }]);
  });
});
