/** Guarantees of a placement pass on real PostgreSQL. */
import { openSession } from "@roadstead/db/agent-sessions";
import type { Db } from "@roadstead/db/connect";
import { insertContainerInstance } from "@roadstead/db/container-instances";
import { expireLaunchRequest, findLaunchRequest } from "@roadstead/db/launch-requests";
import { tasksOfLaunch } from "@roadstead/db/tasks";
import {
  aLaunch,
  aRegistration,
  aWorld,
  freeCpu,
  openLaunch,
  placeAll,
  useDb,
  type World,
} from "@roadstead/db/world.test-data";
import { describe, expect, test } from "vitest";
import { placeTasks } from "./place-tasks.ts";

const at = useDb();

/** A world whose machine has an agent connected. */
async function aConnectedWorld(): Promise<World> {
  const world = await aWorld(at.db);
  await connect(world.instance.id);
  return world;
}
const connect = (instanceId: string) =>
  at.db.write((tx) => openSession(tx, { instanceId, gatewayId: "g1", versionInfo: {} }));

function pass(world: World, db: Db = at.db) {
  const nudged: string[] = [];
  const nudge = (channel: string) => void nudged.push(channel);
  return placeTasks({ db, nudge }, world.cluster.id).then((outcome) => ({ ...outcome, nudged }));
}
const bells = () => at.db.query<{ kind: string }>("SELECT kind FROM bells ORDER BY id");
const launchOne = async (world: World, over: Parameters<typeof aLaunch>[1] = {}) =>
  (await openLaunch(at.db, aLaunch(world, over))).request.id;

/** The database, with something else committed between what a pass reads and what it writes. */
const interrupted = (meanwhile: () => Promise<unknown>): Db => ({
  ...at.db,
  async read(load) {
    const seen = await at.db.read(load);
    await meanwhile();
    return seen;
  },
});

describe("a pass", () => {
  test("places all that waits, answers each request and rings the machine's gateway", async () => {
    const world = await aConnectedWorld();
    const requests = [await launchOne(world), await launchOne(world, { count: 2 })];
    const outcome = await pass(world);
    expect(outcome).toMatchObject({ placed: 3, failed: 0, lostRaces: 0 });
    expect(outcome.nudged.sort()).toEqual(requests.map((id) => `launch:${id}`).sort());
    expect(await freeCpu(at.db, world)).toBe(256);
    expect(await bells()).toEqual([{ kind: "deliver" }]);
    expect(await pass(world)).toMatchObject({ placed: 0, nudged: [] });
  });

  test("answers what does not fit, with AWS's reason, and places the rest", async () => {
    const world = await aConnectedWorld();
    const id = await launchOne(world, { count: 6 });
    expect(await pass(world)).toMatchObject({ placed: 4, failed: 2 });
    const failure = { instanceId: world.instance.id, reason: "RESOURCE:CPU" };
    expect(await findLaunchRequest(at.db, id)).toMatchObject({
      status: "DONE",
      failures: [failure, failure],
    });
    expect(await tasksOfLaunch(at.db, id)).toHaveLength(4);
  });

  test("says AGENT when nobody is connected", async () => {
    const world = await aWorld(at.db);
    const id = await launchOne(world);
    await pass(world);
    expect(await findLaunchRequest(at.db, id)).toMatchObject({ failures: [{ reason: "AGENT" }] });
  });

  test("that lost a race places again, and nothing is taken twice", async () => {
    const world = await aConnectedWorld();
    const first = await launchOne(world, { count: 3 });
    const late = { id: "" };
    const other = await at.db.write((tx) => insertContainerInstance(tx, aRegistration(world)));
    await connect(other.id);
    // Both machines look empty to this pass; before it commits, one of them fills up.
    const db = interrupted(async () => {
      await at.db.query("UPDATE container_instances SET cpu_free = 0 WHERE id = $1", [world.instance.id]);
      late.id = await launchOne(world);
    });
    const outcome = await pass(world, db);
    expect(outcome.placed + outcome.lostRaces).toBe(3);
    expect(outcome.lostRaces).toBeGreaterThan(0);
    expect(outcome.nudged).toEqual([]);
    expect((await bells()).filter(({ kind }) => kind === "placeTasks").length).toBeGreaterThan(0);
    expect((await pass(world)).nudged.sort()).toEqual([`launch:${first}`, `launch:${late.id}`].sort());
    const tasks = [...(await tasksOfLaunch(at.db, first)), ...(await tasksOfLaunch(at.db, late.id))];
    expect(tasks.filter(({ instanceId }) => instanceId === other.id)).toHaveLength(4);
  });

  test("run by several schedulers at once places each task once and oversubscribes nothing", async () => {
    const world = await aConnectedWorld();
    const ids = await Promise.all(Array.from({ length: 6 }, () => launchOne(world)));
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => pass(world)));
    await pass(world);
    expect(outcomes.reduce((sum, { placed }) => sum + placed, 0)).toBeLessThanOrEqual(4);
    const requests = await Promise.all(ids.map((id) => findLaunchRequest(at.db, id)));
    expect(requests.map((request) => request?.status)).toEqual(ids.map(() => "DONE"));
    const [row] = await at.db.query(
      "SELECT count(*)::int AS live FROM task_state WHERE last_status = 'PENDING'",
    );
    expect([row, await freeCpu(at.db, world)]).toEqual([{ live: 4 }, 0]);
  });

  test("launches nothing of a request that expired, before it looked or after", async () => {
    const world = await aConnectedWorld();
    const before = await launchOne(world, { deadlineMs: -1 });
    const after = await launchOne(world);
    const db = interrupted(() => at.db.write((tx) => expireLaunchRequest(tx, after)));
    expect(await pass(world, db)).toMatchObject({ placed: 0, nudged: [] });
    const requests = await Promise.all([before, after].map((id) => findLaunchRequest(at.db, id)));
    expect(requests.map((request) => request?.status)).toEqual(["EXPIRED", "EXPIRED"]);
    expect(await at.db.query("SELECT 1 FROM tasks")).toEqual([]);
    expect([await freeCpu(at.db, world), await bells()]).toEqual([1024, []]);
  });

  test("does not place on a machine that was deregistered meanwhile", async () => {
    const world = await aConnectedWorld();
    const id = await launchOne(world);
    const db = interrupted(() => at.db.query("UPDATE container_instances SET status = 'INACTIVE'"));
    expect(await pass(world, db)).toMatchObject({ placed: 0, lostRaces: 1 });
    await pass(world);
    expect(await findLaunchRequest(at.db, id)).toMatchObject({
      failures: [{ instanceId: null, reason: "NO ACTIVE INSTANCES" }],
    });
  });

  test("leaves the bell of what was launched while it ran", async () => {
    const world = await aConnectedWorld();
    await launchOne(world);
    const db = interrupted(() => launchOne(world));
    expect(await pass(world, db)).toMatchObject({ placed: 1 });
    expect(await bells()).toContainEqual({ kind: "placeTasks" });
    expect(await pass(world)).toMatchObject({ placed: 1 });
  });
});

test("tasks that name their instances go there, each its own, and unknown ones are named", async () => {
  const world = await aConnectedWorld();
  const other = await at.db.write((tx) => insertContainerInstance(tx, aRegistration(world)));
  await connect(other.id);
  const instanceIds = [other.id, "unknown", world.instance.id, other.id];
  const id = await launchOne(world, { count: 4, instanceIds });
  await pass(world);
  const tasks = await tasksOfLaunch(at.db, id);
  expect(tasks.map(({ instanceId }) => instanceId)).toEqual([other.id, world.instance.id, other.id]);
  expect(await findLaunchRequest(at.db, id)).toMatchObject({
    failures: [{ instanceId: "unknown", reason: "MISSING" }],
  });
});

test("a placement decided elsewhere first is not decided again", async () => {
  const world = await aConnectedWorld();
  const id = await launchOne(world);
  const db = interrupted(() => placeAll(at.db, world));
  expect(await pass(world, db)).toMatchObject({ placed: 0, lostRaces: 0, nudged: [] });
  expect(await tasksOfLaunch(at.db, id)).toHaveLength(1);
  expect(await freeCpu(at.db, world)).toBe(768);
});
