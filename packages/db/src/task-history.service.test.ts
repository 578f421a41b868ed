/** Guarantees of archiving on real PostgreSQL. */
import { expect, test } from "vitest";
import { archiveStoppedTasks } from "./task-history.ts";
import { findTasks } from "./tasks.ts";
import { transitionTasks } from "./transition-tasks.ts";
import { aLaunch, aWorld, openLaunch, placedTasks, useDb } from "./world.test-data.ts";

const at = useDb();

test("replicas share the archiving, and nothing is lost or moved twice", async () => {
  const world = await aWorld(at.db);
  const tasks = await placedTasks(at.db, world, 4);
  await at.db.write((tx) =>
    transitionTasks(
      tx,
      tasks.map(({ id }) => ({ taskId: id, lastStatus: "STOPPED" as const })),
    ),
  );
  await at.db.query("UPDATE task_state SET stopped_at = now() - interval '2 days' WHERE task_id = $1", [
    tasks[0]?.id ?? "",
  ]);
  const moved = await Promise.all([1, 2, 3].map(() => archiveStoppedTasks(at.db, -1)));
  expect(moved.reduce((sum, count) => sum + count, 0)).toBe(4);
  const kept = await at.db.query<{ id: string }>("SELECT task_id AS id FROM task_history ORDER BY task_id");
  expect(kept.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
});

test("what still runs and what stopped lately stays", async () => {
  const world = await aWorld(at.db);
  const [first, second] = await placedTasks(at.db, world, 2);
  await at.db.write((tx) => transitionTasks(tx, [{ taskId: first?.id ?? "", lastStatus: "STOPPED" }]));
  expect(await archiveStoppedTasks(at.db)).toBe(0);
  const ids = [first?.id ?? "", second?.id ?? ""];
  expect(await findTasks(at.db, world.cluster.id, ids)).toHaveLength(2);
});

test("history older than a month goes, and so do launch requests of yesterday, but no open one", async () => {
  const world = await aWorld(at.db);
  await placedTasks(at.db, world, 1);
  await openLaunch(at.db, aLaunch(world));
  await at.db.query("UPDATE launch_requests SET created_at = now() - interval '25 hours'");
  await at.db.query(
    `CREATE TABLE task_history_20200101 PARTITION OF task_history
     FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-01-02 00:00:00+00')`,
  );
  await archiveStoppedTasks(at.db);
  expect(await at.db.query("SELECT status FROM launch_requests")).toEqual([{ status: "OPEN" }]);
  expect(await at.db.query("SELECT to_regclass('task_history_20200101') AS name")).toEqual([{ name: null }]);
  expect(await at.db.query("SELECT 1 FROM task_state WHERE last_status = 'PENDING'")).toHaveLength(1);
});
