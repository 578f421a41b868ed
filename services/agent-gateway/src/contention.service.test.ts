/** Sockets that come and go, acknowledgements, health and stops all write the same rows at once. */
import { closeSession, markDelivered, openSession } from "@roadstead/db/agent-sessions";
import { migrate } from "@roadstead/db/migrate";
import { transitionTasks } from "@roadstead/db/transition-tasks";
import { usePostgres } from "@roadstead/testing/postgres";
import { useRedis } from "@roadstead/testing/redis";
import { expect, test } from "vitest";
import { useGateways } from "./gateway-fixture.ts";

const postgres = usePostgres({ migrate });
const redis = useRedis();
const gateways = useGateways(postgres, redis);

test("writers of one instance's tasks never deadlock, for all lock in the same order", async () => {
  const world = await gateways.world();
  const db = gateways.db();
  const ids = await world.placeTasks(60);
  await db.query("UPDATE task_state SET connectivity = 'CONNECTED', connectivity_at = now()");
  const instanceId = world.instance.id;
  let stopping = true;
  const whileStopping = async (work: (pass: number) => Promise<unknown>) => {
    for (let pass = 0; stopping; pass++) await work(pass);
  };
  const stops = [0, 1, 2].map(async (lane) => {
    for (const taskId of ids.filter((_, index) => index % 3 === lane)) {
      await db.write((tx) => transitionTasks(tx, [{ taskId, lastStatus: "STOPPED" }]));
    }
  });
  const others = [
    whileStopping(async () => {
      const session = await db.write((tx) =>
        openSession(tx, { instanceId, gatewayId: "g1", versionInfo: {} }),
      );
      await db.write((tx) => closeSession(tx, session));
    }),
    whileStopping((pass) => {
      const acknowledged = ids.map((taskId) => ({ taskId, desiredStatus: "RUNNING" }));
      if (pass % 2 === 1) acknowledged.reverse();
      return markDelivered(db, { instanceId, epoch: 1 }, acknowledged);
    }),
    whileStopping((pass) => {
      const health = [{ name: "app", healthStatus: pass % 2 === 0 ? "HEALTHY" : "UNHEALTHY" } as const];
      return db.write((tx) =>
        transitionTasks(
          tx,
          ids.map((taskId) => ({ taskId, health })),
        ),
      );
    }),
  ];
  await Promise.all(stops).finally(() => {
    stopping = false;
  });
  await Promise.all(others);
  const [stats] = await db.query<{ deadlocks: string }>(
    "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
  );
  expect(stats).toEqual({ deadlocks: "0" });
});
