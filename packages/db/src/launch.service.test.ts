/** Guarantees of a launch, from acceptance to the last report, on real PostgreSQL. */
import { describe, expect, test } from "vitest";
import { closeSession, markDelivered, openSession } from "./agent-sessions.ts";
import { instancePorts } from "./container-instances.ts";
import { expireLaunchRequest, findLaunchRequest } from "./launch-requests.ts";
import { commitPlacement, loadPlacement } from "./place-tasks.ts";
import { archiveStoppedTasks } from "./task-history.ts";
import { findTasks, tasksOfLaunch } from "./tasks.ts";
import { transitionTasks } from "./transition-tasks.ts";
import { aLaunch, aWorld, freeCpu, openLaunch, placeAll, useDb } from "./world.test-data.ts";

const at = useDb();

describe("a launch request", () => {
  test("is answered once placed, and its tasks appear only then", async () => {
    const world = await aWorld(at.db);
    const { request } = await openLaunch(at.db, aLaunch(world, { count: 2 }));
    expect(at.rung).toContainEqual(expect.objectContaining({ kind: "placeTasks", key: world.cluster.id }));
    expect(await tasksOfLaunch(at.db, request.id)).toEqual([]);

    expect((await placeAll(at.db, world)).finishedRequests).toEqual([request.id]);
    const tasks = await tasksOfLaunch(at.db, request.id);
    expect(tasks.map((task) => [task.lastStatus, task.version, task.revision])).toEqual([
      ["PENDING", 1, 1],
      ["PENDING", 1, 1],
    ]);
    expect(await freeCpu(at.db, world)).toBe(512);
    expect(await at.db.query("SELECT * FROM bells")).toEqual([]);
  });

  test("with a known token is the earlier one, however many callers race", async () => {
    const world = await aWorld(at.db);
    const opened = await Promise.all(
      Array.from({ length: 6 }, () => openLaunch(at.db, aLaunch(world, { clientToken: "once" }))),
    );
    expect(new Set(opened.map(({ request }) => request.id)).size).toBe(1);
    expect(opened.filter(({ created }) => created)).toHaveLength(1);
    await placeAll(at.db, world);
    expect(await tasksOfLaunch(at.db, opened[0]?.request.id ?? "")).toHaveLength(1);
  });

  test("that expired launches nothing afterwards and gives its token back", async () => {
    const world = await aWorld(at.db);
    const { request } = await openLaunch(at.db, aLaunch(world, { clientToken: "again" }));
    const snapshot = await at.db.read((tx) => loadPlacement(tx, world.cluster.id));
    expect((await at.db.write((tx) => expireLaunchRequest(tx, request.id)))?.status).toBe("EXPIRED");

    const placements = snapshot.tasks.map((task) => ({ taskId: task.id, instanceId: world.instance.id }));
    await at.db.write((tx) => commitPlacement(tx, world.cluster.id, snapshot, { placements, failures: [] }));
    expect(await tasksOfLaunch(at.db, request.id)).toEqual([]);
    expect(await freeCpu(at.db, world)).toBe(1024);
    expect((await openLaunch(at.db, aLaunch(world, { clientToken: "again" }))).created).toBe(true);
  });

  test("that was placed first is not expired by a late caller", async () => {
    const world = await aWorld(at.db);
    const { request } = await openLaunch(at.db, aLaunch(world));
    await placeAll(at.db, world);
    expect((await at.db.write((tx) => expireLaunchRequest(tx, request.id)))?.status).toBe("DONE");
    expect(await tasksOfLaunch(at.db, request.id)).toHaveLength(1);
  });

  test("keeps each failure as a line and no task for it", async () => {
    const world = await aWorld(at.db);
    const { request } = await openLaunch(at.db, aLaunch(world));
    const snapshot = await at.db.read((tx) => loadPlacement(tx, world.cluster.id));
    const failures = snapshot.tasks.map((task) => ({
      taskId: task.id,
      instanceId: world.instance.id,
      reason: "RESOURCE:MEMORY",
      detail: null,
    }));
    await at.db.write((tx) => commitPlacement(tx, world.cluster.id, snapshot, { placements: [], failures }));
    const finished = await findLaunchRequest(at.db, request.id);
    expect(finished).toMatchObject({ status: "DONE", failures: [{ reason: "RESOURCE:MEMORY" }] });
    expect(await at.db.query("SELECT 1 FROM tasks")).toEqual([]);
  });
});

describe("capacity", () => {
  test("is never oversubscribed by committers that decided on the same snapshot", async () => {
    const world = await aWorld(at.db);
    await Promise.all(Array.from({ length: 8 }, () => openLaunch(at.db, aLaunch(world))));
    const commits = await Promise.all(Array.from({ length: 4 }, () => placeAll(at.db, world)));
    expect(await freeCpu(at.db, world)).toBe(0);
    const [placed] = await at.db.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM task_state WHERE last_status = 'PENDING'",
    );
    expect(placed?.count).toBe(4);
    expect(commits.some(({ lostRaces }) => lostRaces > 0)).toBe(true);
  });

  test("gives a host port to one task only, per protocol", async () => {
    const world = await aWorld(at.db);
    const port = { protocol: "tcp" as const, port: 8080 };
    const base = aLaunch(world);
    const withPorts = (ports: (typeof port | { protocol: "udp"; port: number })[]) =>
      aLaunch(world, { task: { ...base.task, demand: { ...base.task.demand, ports } } });
    await openLaunch(at.db, withPorts([port]));
    await openLaunch(at.db, withPorts([port]));
    await openLaunch(at.db, withPorts([{ protocol: "udp", port: 8080 }]));
    expect((await placeAll(at.db, world)).lostRaces).toBe(1);
    const taken = await instancePorts(at.db, [world.instance.id]);
    expect(taken.map(({ protocol, port: number }) => `${protocol}/${number}`).sort()).toEqual([
      "tcp/22",
      "tcp/8080",
      "udp/8080",
    ]);
  });
});

describe("a placed task", () => {
  async function aPlacedTask() {
    const world = await aWorld(at.db);
    const { request } = await openLaunch(at.db, aLaunch(world));
    await placeAll(at.db, world);
    const [task] = await tasksOfLaunch(at.db, request.id);
    if (!task) throw new Error("not placed");
    const report = (change: Partial<Parameters<typeof transitionTasks>[1][number]>) =>
      at.db.write((tx) => transitionTasks(tx, [{ taskId: task.id, ...change }]));
    const now = async () => (await findTasks(at.db, world.cluster.id, [task.id]))[0];
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
    expect(await freeCpu(at.db, world)).toBe(1024);
    const events = await at.db.query<{ version: number }>(
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
    expect(at.rung.filter(({ kind }) => kind === "deliver")).toEqual([]);
    const socket = { instanceId: world.instance.id, gatewayId: "g1", versionInfo: {} };
    const first = await at.db.write((tx) => openSession(tx, socket));
    const second = await at.db.write((tx) => openSession(tx, { ...socket, gatewayId: "g2" }));
    expect(second.epoch).toBe(first.epoch + 1);
    await report({ stop: { stopCode: "UserInitiated", stoppedReason: "x" } });
    expect(at.rung).toContainEqual({ kind: "deliver", key: world.instance.id, gatewayId: "g2", delayMs: 0 });
    expect(await at.db.write((tx) => closeSession(tx, first))).toBe(false);
    await markDelivered(at.db, second, [{ taskId: task.id, desiredStatus: "STOPPED" }]);
    const [state] = await at.db.query<{ epoch: string }>("SELECT delivered_epoch AS epoch FROM task_state");
    expect(Number(state?.epoch)).toBe(second.epoch);
  });

  test("leaves the hot tables some time after it stopped", async () => {
    const { report, now } = await aPlacedTask();
    await report({ lastStatus: "STOPPED" });
    expect(await archiveStoppedTasks(at.db)).toBe(0);
    expect(await archiveStoppedTasks(at.db, -1)).toBe(1);
    expect(await now()).toBeUndefined();
    expect(await at.db.query("SELECT 1 FROM task_history")).toHaveLength(1);
  });
});
