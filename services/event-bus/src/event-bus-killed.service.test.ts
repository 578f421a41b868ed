/** The event bus as a process of its own, killed in the middle of deliveries: everything still arrives. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { aLaunch, aWorld, openLaunch, placeAll } from "@roadstead/db/world.test-data";
import { useRedis } from "@roadstead/testing/redis";
import { afterEach, expect, test, vi } from "vitest";
import { aRule, at, aWebhook, MASTER_KEY } from "./event-bus.test-data.ts";

const redis = useRedis();
const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const TASKS = 12;

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function aProcess() {
  const folder = mkdtempSync(join(tmpdir(), "roadstead-event-bus-"));
  const keyFile = join(folder, "master-key");
  writeFileSync(keyFile, MASTER_KEY, { mode: 0o600 });
  const child = spawn(process.execPath, [MAIN], {
    stdio: "ignore",
    env: {
      PATH: process.env.PATH ?? "",
      ROADSTEAD_DATABASE_URL: at.url(),
      ROADSTEAD_REDIS_URL: redis.url(),
      ROADSTEAD_QUEUE_PREFIX: redis.prefix(),
      ROADSTEAD_MASTER_KEY_FILE: keyFile,
      ROADSTEAD_EVENT_POLL_MS: "20",
      ROADSTEAD_EVENT_RETRY_MS: "20",
      ROADSTEAD_EVENT_TIMEOUT_MS: "1000",
    },
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    child.kill(signal);
    await ended;
  };
  cleanups.push(async () => {
    await end("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  return { end };
}

test("a bus that is killed in mid-delivery loses nothing: its successor delivers what it had taken up", async () => {
  const world = await aWorld(at.db);
  const hook = await aWebhook();
  await aRule(at.db, world, hook);
  // The first deliveries are never answered, so that the bus dies with them under way.
  hook.answers.push(...Array.from({ length: 4 }, () => -1));
  const demand = { cpu: 1, memoryMiB: 1, ports: [], gpus: 0 };
  const launch = aLaunch(world, { count: TASKS });
  await openLaunch(at.db, { ...launch, task: { ...launch.task, demand } });
  await placeAll(at.db, world);
  const first = aProcess();
  await vi.waitFor(() => expect(hook.received.length).toBeGreaterThanOrEqual(4), {
    timeout: 30_000,
    interval: 5,
  });
  await first.end("SIGKILL");
  const [under] = await at.db.query<{ count: number }>("SELECT count(*)::int AS count FROM event_deliveries");
  expect(under?.count).toBeGreaterThanOrEqual(4);

  const second = aProcess();
  await expect
    .poll(() => at.db.query("SELECT id FROM event_deliveries"), { timeout: 40_000, interval: 50 })
    .toEqual([]);
  await second.end("SIGTERM");
  const ids = hook.received.map(({ body }) => JSON.parse(body).id as string);
  expect(new Set(ids).size).toBe(TASKS);
  expect(await at.db.query("SELECT id FROM events WHERE delivered_at IS NULL")).toEqual([]);
}, 90_000);
