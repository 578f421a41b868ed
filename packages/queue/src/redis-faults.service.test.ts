import { spawn } from "node:child_process";
import { scheduler } from "@roadstead/messages/scheduler";
import { createMetrics } from "@roadstead/service-kit/metrics";
import { usePrivateRedis } from "@roadstead/testing/redis";
import { withRedis } from "@roadstead/testing/redis-server";
import { expect, test, vi } from "vitest";
import { MemoryBellStore } from "./memory-bell-store.ts";
import { bell, endsWithin, place, useQueues, WAIT } from "./queue-fixture.ts";

const redis = usePrivateRedis();
const queues = useQueues(redis);

test("a bell without a ring is found by polling, a timer only once it is due", async () => {
  const store = new MemoryBellStore();
  const queue = queues.open(store);
  const seen: string[] = [];
  store.add("placeTasks", "later", 60_000);
  store.add("placeTasks", "lost", -1_000);
  await queue.ring([{ ...bell("later"), delayMs: 60_000 }]);
  const handlers = place(async ({ clusterId }) => {
    seen.push(clusterId);
    store.take("placeTasks", clusterId);
  });
  queue.consume(scheduler, handlers, { concurrency: 2 });
  await vi.waitFor(() => expect(seen).toEqual(["lost"]), WAIT);
  expect(store.keys()).toEqual(["later"]);
});

test("nothing is lost when Redis is emptied", async () => {
  const store = new MemoryBellStore();
  const queue = queues.open(store);
  const keys = Array.from({ length: 50 }, (_, i) => `cluster-${i}`);
  for (const key of keys) store.add("placeTasks", key, -1_000);
  await queue.ring(keys.map(bell));
  await redis.flush();
  const handled = new Set<string>();
  const handlers = place(async ({ clusterId }) => {
    handled.add(clusterId);
    store.take("placeTasks", clusterId);
  });
  queue.consume(scheduler, handlers, { concurrency: 4 });
  await vi.waitFor(() => expect(handled.size).toBe(50), WAIT);
  expect(store.keys()).toEqual([]);
  await queue.ring([bell("afterwards")]);
  await vi.waitFor(() => expect(handled.has("afterwards")).toBe(true), WAIT);
});

test("ringing a dead Redis costs a caller half a second once, then nothing, and never throws", async () => {
  const queue = queues.open();
  await queue.ring([bell("warm")]);
  await redis.stop();
  expect(await endsWithin(700, () => queue.ring([bell("a")]))).toBe(true);
  expect(await endsWithin(50, () => queue.ring([bell("b")]))).toBe(true);
  expect(await endsWithin(700, () => queue.publishNudge("launch:1"))).toBe(true);
  await expect(queue.ping()).rejects.toThrow();
});

test("ringing a Redis that hangs costs no more, and its queue works again afterwards", async () => {
  const queue = queues.open();
  const seen = new Set<string>();
  await queue.ring([bell("warm")]);
  await withRedis(redis.url(), (client) => client.client("PAUSE", 1_500, "ALL"));
  expect(await endsWithin(700, () => queue.ring([bell("a")]))).toBe(true);
  expect(await endsWithin(50, () => queue.ring([bell("b")]))).toBe(true);
  queue.consume(
    scheduler,
    place(async ({ clusterId }) => void seen.add(clusterId)),
    { concurrency: 1 },
  );
  await vi.waitFor(async () => {
    await queue.ring([bell("c")]);
    expect(seen.has("c")).toBe(true);
  }, WAIT);
});

test("a process starts and rings without Redis, and rings reach it once Redis is there", async () => {
  await redis.stop();
  const queue = queues.open();
  expect(await endsWithin(700, () => queue.ring([bell("a")]))).toBe(true);
  const seen = new Set<string>();
  queue.consume(
    scheduler,
    place(async ({ clusterId }) => void seen.add(clusterId)),
    { concurrency: 1 },
  );
  await redis.start();
  await vi.waitFor(async () => {
    await queue.ring([bell("b")]);
    expect(seen.has("b")).toBe(true);
  }, WAIT);
});

test("a consumer survives a Redis restart and polls meanwhile", async () => {
  const store = new MemoryBellStore();
  const queue = queues.open(store);
  const seen: string[] = [];
  const handlers = place(async ({ clusterId }) => {
    seen.push(clusterId);
    store.take("placeTasks", clusterId);
  });
  queue.consume(scheduler, handlers, { concurrency: 2 });
  await queue.ring([bell("before")]);
  await vi.waitFor(() => expect(seen).toEqual(["before"]), WAIT);
  await redis.stop();
  store.add("placeTasks", "while-down", -1_000);
  await vi.waitFor(() => expect(seen).toEqual(["before", "while-down"]), WAIT);
  await redis.start();
  await vi.waitFor(async () => {
    await queue.ring([bell("after")]);
    expect(seen).toContain("after");
  }, WAIT);
});

test("a handler that throws has its bell put back with the reason, and runs again when it is due", async () => {
  const store = new MemoryBellStore();
  const metrics = createMetrics("test");
  const queue = queues.open(store, metrics);
  let attempts = 0;
  // Not due yet, so that the first run is the ring's, however late that comes.
  store.add("placeTasks", "c1", 60_000);
  const handlers = place(async ({ clusterId }) => {
    attempts++;
    if (attempts < 3) throw new Error(`attempt ${attempts} failed`);
    store.take("placeTasks", clusterId);
  });
  queue.consume(scheduler, handlers, { concurrency: 1 });
  await queue.ring([bell("c1")]);
  await vi.waitFor(
    () => expect(store.failures).toEqual(["c1: attempt 1 failed", "c1: attempt 2 failed"]),
    WAIT,
  );
  await vi.waitFor(() => expect(store.keys()).toEqual([]), WAIT);
  expect(attempts).toBe(3);
  const text = await metrics.text();
  expect(text).toMatch(/bell_runs_total\{[^}]*message="placeTasks",source="ring",outcome="error"[^}]*\} 1/);
  expect(text).toMatch(/bell_run_seconds_count\{[^}]*message="placeTasks"[^}]*\} 3/);
  expect(
    queues.lines.filter((line) => line.op === "scheduler.placeTasks").map((line) => line.outcome),
  ).toEqual(["error", "error", "ok"]);
});

test("closing ends every connection within a bound even when Redis is gone", async () => {
  const queue = queues.open();
  queue.consume(
    scheduler,
    place(async () => undefined),
    { concurrency: 1 },
  );
  await queue.waitNudge("launch:1", 10);
  await queue.ring([bell("c1")]);
  await redis.stop();
  expect(await endsWithin(8_000, () => queue.close())).toBe(true);
  const sockets = process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap");
  expect(sockets).toEqual([]);
});

test("the keys of a consumer that was killed are heard again by another within seconds", async () => {
  const script = `
    import { createQueue } from "${new URL("./queue.ts", import.meta.url).href}";
    import { MemoryBellStore } from "${new URL("./memory-bell-store.ts", import.meta.url).href}";
    import { scheduler } from "${import.meta.resolve("@roadstead/messages/scheduler")}";
    import { createLogger } from "${import.meta.resolve("@roadstead/service-kit/log")}";
    import { createMetrics } from "${import.meta.resolve("@roadstead/service-kit/metrics")}";
    const queue = createQueue({ redisUrl: "${redis.url()}", prefix: "${redis.prefix()}", bellStore: new MemoryBellStore(),
      log: createLogger({ service: "test", level: "silent" }), metrics: createMetrics("test") });
    const placeTasks = () => { process.stdout.write("running"); return new Promise(() => undefined); };
    queue.consume(scheduler, { placeTasks }, { concurrency: 1 });`;
  const victim = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const running = new Promise((resolve) => victim.stdout.once("data", resolve));
  const queue = queues.open();
  await queue.ring([bell("c1")]);
  await running;
  victim.kill("SIGKILL");
  await queue.ring([bell("c1")]);
  const heard: string[] = [];
  const handlers = place(async ({ clusterId }) => void heard.push(clusterId));
  queue.consume(scheduler, handlers, { concurrency: 1 });
  // Its lock lasts five seconds, and what is left of it is looked for every other second.
  await vi.waitFor(() => expect(heard).toContain("c1"), { ...WAIT, timeout: 25_000 });
});
