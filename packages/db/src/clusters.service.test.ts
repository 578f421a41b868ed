/** Guarantees of clusters and task definitions on real PostgreSQL. */
import { describe, expect, test } from "vitest";
import {
  countClusters,
  createCluster,
  deactivateCluster,
  findCluster,
  findClusters,
  listClusterNames,
} from "./clusters.ts";
import {
  deregisterTaskDefinition,
  findTaskDefinition,
  insertTaskDefinition,
  listFamilies,
  listTaskDefinitions,
} from "./task-definitions.ts";
import { transitionTasks } from "./transition-tasks.ts";
import { aScope, aWorld, NO_DETAILS, placedTasks, useDb } from "./world.test-data.ts";

const at = useDb();
const newCluster = (scopeId: number, name: string) =>
  at.db.write((tx) => createCluster(tx, { scopeId, name, details: NO_DETAILS, tags: [] }));

const NOTHING_ELSE = {
  runningFargateTasks: 0,
  pendingFargateTasks: 0,
  activeFargateServices: 0,
  drainingFargateServices: 0,
  activeServices: 0,
  drainingServices: 0,
  activeEc2Services: 0,
  drainingEc2Services: 0,
};

describe("a cluster", () => {
  test("is made once, however many ask at the same time", async () => {
    const { id } = await aScope(at.db);
    const made = await Promise.all(Array.from({ length: 5 }, () => newCluster(id, "c")));
    expect(new Set(made.map((row) => row.id)).size).toBe(1);
  });

  test("made after its deletion is a new one, and the old one stays as it was", async () => {
    const { id } = await aScope(at.db);
    const first = await newCluster(id, "c");
    await at.db.write((tx) => deactivateCluster(tx, first.id));
    expect(await findCluster(at.db, id, "c")).toMatchObject({ id: first.id, status: "INACTIVE" });
    const second = await newCluster(id, "c");
    expect(second.id).not.toBe(first.id);
    expect(await findCluster(at.db, id, "c")).toMatchObject({ id: second.id, status: "ACTIVE" });
    const names = await at.db.read((tx) => listClusterNames(tx, { scopeId: id, afterName: "", limit: 9 }));
    expect(names).toEqual([{ name: "c" }]);
    const kept = await at.db.query("SELECT 1 FROM clusters WHERE id = $1 AND status = 'INACTIVE'", [
      first.id,
    ]);
    expect(kept).toHaveLength(1);
  });

  test("is listed in byte order, page after page", async () => {
    const { id } = await aScope(at.db);
    for (const name of ["b", "_", "A", "a", "B-1"]) await newCluster(id, name);
    const page = (afterName: string, limit: number) =>
      at.db.read((tx) => listClusterNames(tx, { scopeId: id, afterName, limit }));
    expect((await page("", 9)).map(({ name }) => name)).toEqual(["A", "B-1", "_", "a", "b"]);
    expect((await page("B-1", 2)).map(({ name }) => name)).toEqual(["_", "a"]);
    const found = await at.db.read((tx) => findClusters(tx, id, ["a", "zz"]));
    expect(found.map(({ name }) => name)).toEqual(["a"]);
  });

  test("counts what lives in it: running, pending and machines", async () => {
    const world = await aWorld(at.db);
    const empty = await newCluster(world.scope.id, "empty");
    const [first, second] = await placedTasks(at.db, world, 3);
    await at.db.write((tx) =>
      transitionTasks(tx, [
        { taskId: first?.id ?? "", lastStatus: "RUNNING" },
        { taskId: second?.id ?? "", lastStatus: "STOPPED" },
      ]),
    );
    const counts = await at.db.read((tx) => countClusters(tx, [world.cluster.id, empty.id]));
    expect(counts).toEqual([
      {
        ...NOTHING_ELSE,
        clusterId: world.cluster.id,
        registeredContainerInstances: 1,
        runningTasks: 1,
        pendingTasks: 1,
        runningEc2Tasks: 1,
        pendingEc2Tasks: 1,
      },
      {
        ...NOTHING_ELSE,
        clusterId: empty.id,
        registeredContainerInstances: 0,
        runningTasks: 0,
        pendingTasks: 0,
        runningEc2Tasks: 0,
        pendingEc2Tasks: 0,
      },
    ]);
  });
});

describe("a task definition", () => {
  const register = (scopeId: number, family: string) =>
    at.db.write((tx) =>
      insertTaskDefinition(tx, {
        scopeId,
        family,
        definition: { family, containerDefinitions: [], volumes: [], placementConstraints: [] },
        compatibilities: ["EC2"],
        requiresAttributes: [],
        tags: [],
        registeredBy: "me",
      }),
    );
  const list = (scopeId: number, over: Partial<Parameters<typeof listTaskDefinitions>[1]> = {}) =>
    at.db.read(async (tx) => {
      const page = {
        scopeId,
        family: null,
        status: "ACTIVE",
        sort: "ASC",
        after: null,
        limit: 9,
        ...over,
      } as const;
      return (await listTaskDefinitions(tx, page)).map((row) => `${row.family}:${row.revision}`);
    });

  test("gets the next revision, each number once, however many register", async () => {
    const { id } = await aScope(at.db);
    const rows = await Promise.all(Array.from({ length: 8 }, () => register(id, "web")));
    expect(rows.map(({ revision }) => revision).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test("deregistered stays readable, is no longer the latest, and its number is not used again", async () => {
    const { id: scopeId } = await aScope(at.db);
    const first = await register(scopeId, "web");
    const second = await register(scopeId, "web");
    const gone = await at.db.write((tx) => deregisterTaskDefinition(tx, second.id));
    expect(gone).toMatchObject({ status: "INACTIVE", deregisteredAt: expect.any(Date) });
    const again = await at.db.write((tx) => deregisterTaskDefinition(tx, second.id));
    expect(again.deregisteredAt).toEqual(gone.deregisteredAt);
    const find = (revision: number | null) => findTaskDefinition(at.db, { scopeId, family: "web", revision });
    expect(await find(null)).toMatchObject({ id: first.id });
    expect(await find(2)).toMatchObject({ status: "INACTIVE" });
    expect((await register(scopeId, "web")).revision).toBe(3);
  });

  test("is listed by family in byte order and then by number, either way, from any place", async () => {
    const { id } = await aScope(at.db);
    for (const family of ["b", "a", "B", "a"]) await register(id, family);
    for (let i = 0; i < 10; i++) await register(id, "c");
    expect(await list(id, { limit: 4 })).toEqual(["B:1", "a:1", "a:2", "b:1"]);
    expect(await list(id, { after: { family: "c", revision: 9 } })).toEqual(["c:10"]);
    expect(await list(id, { sort: "DESC", limit: 2 })).toEqual(["c:10", "c:9"]);
    expect(await list(id, { sort: "DESC", after: { family: "a", revision: 2 } })).toEqual(["a:1", "B:1"]);
    expect(await list(id, { family: "a" })).toEqual(["a:1", "a:2"]);
  });

  test("is in a family that is ACTIVE while one of its revisions is", async () => {
    const { id } = await aScope(at.db);
    const web = await register(id, "web");
    await register(id, "web_2");
    await at.db.write((tx) => deregisterTaskDefinition(tx, web.id));
    const families = (status: "ACTIVE" | "INACTIVE" | "ALL", prefix = "") =>
      at.db.read(async (tx) =>
        (await listFamilies(tx, { scopeId: id, prefix, status, after: "", limit: 9 })).map(
          (row) => row.family,
        ),
      );
    expect([await families("ACTIVE"), await families("INACTIVE"), await families("ALL", "web_")]).toEqual([
      ["web_2"],
      ["web"],
      ["web_2"],
    ]);
  });
});
