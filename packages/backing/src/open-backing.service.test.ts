/** Guarantees of what a stateful process shares, on real PostgreSQL and Redis. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newestBell, takeBells } from "@roadstead/db/bells";
import { migrate } from "@roadstead/db/migrate";
import { scheduler } from "@roadstead/messages/scheduler";
import { createLogger } from "@roadstead/service-kit/log";
import { createMetrics } from "@roadstead/service-kit/metrics";
import { createReadiness } from "@roadstead/service-kit/readiness";
import { createShutdown } from "@roadstead/service-kit/shutdown";
import { usePostgres } from "@roadstead/testing/postgres";
import { useRedis } from "@roadstead/testing/redis";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { backingSchema, openBacking } from "./open-backing.ts";

const postgres = usePostgres({ migrate: async () => {} });
const redis = useRedis();
const WAIT = { timeout: 10_000, interval: 10 };
let folder = "";
let opened: ReturnType<typeof aKit>[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "backing-"));
  await writeFile(join(folder, "key"), randomBytes(32).toString("hex"));
});
afterEach(async () => {
  for (const { shutdown } of opened) await shutdown.close();
  opened = [];
  await rm(folder, { recursive: true });
});

function aKit() {
  const log = createLogger({ service: "test", level: "silent" });
  const config = backingSchema.parse({
    ROADSTEAD_DATABASE_URL: postgres.url(),
    ROADSTEAD_REDIS_URL: redis.url(),
    ROADSTEAD_QUEUE_PREFIX: redis.prefix(),
    ROADSTEAD_MASTER_KEY_FILE: join(folder, "key"),
  });
  return {
    config,
    log,
    metrics: createMetrics("test"),
    readiness: createReadiness(),
    shutdown: createShutdown(log),
  };
}
function open() {
  const kit = aKit();
  opened.push(kit);
  return openBacking(kit);
}

test("a database that was never migrated, or not far enough, is refused with what to do about it", async () => {
  await expect(open()).rejects.toThrow("run `roadstead migrate` first");
  await migrate(postgres.url());
  const { db } = await open();
  await db.query(
    "DELETE FROM drizzle.__drizzle_migrations WHERE id = (SELECT max(id) FROM drizzle.__drizzle_migrations)",
  );
  await expect(open()).rejects.toThrow("run `roadstead migrate` first");
});

test("a committed bell rings the handler, which takes it; a failing one is put back and tried again", async () => {
  await migrate(postgres.url());
  const { db, queue, masterKeys } = await open();
  expect(masterKeys).toHaveLength(1);
  const runs: string[] = [];
  queue.consume(
    scheduler,
    {
      placeTasks: async ({ clusterId }) => {
        runs.push(clusterId);
        if (runs.length === 1) throw new Error("once");
        await db.write(async (tx) =>
          takeBells(tx, "placeTasks", clusterId, await newestBell(tx, "placeTasks", clusterId)),
        );
      },
    },
    { concurrency: 1 },
  );
  await db.write(async (tx) => tx.bell("placeTasks", "c"));
  await vi.waitFor(async () => expect(await db.query("SELECT 1 FROM bells")).toEqual([]), WAIT);
  expect(runs).toEqual(["c", "c"]);
  expect((await queue.stats()).lag).toEqual([]);
});

test("readiness follows the database", async () => {
  await migrate(postgres.url());
  const { db } = await open();
  const [kit] = opened;
  expect(await kit?.readiness.run()).toEqual({ ready: true, checks: { postgres: "ok" } });
  await db.close();
  expect((await kit?.readiness.run())?.ready).toBe(false);
});
