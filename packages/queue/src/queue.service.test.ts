import { bellKinds } from "@roadstead/messages/bell-kind";
import { gateway } from "@roadstead/messages/gateway";
import { scheduler } from "@roadstead/messages/scheduler";
import { createLogger } from "@roadstead/service-kit/log";
import { createMetrics } from "@roadstead/service-kit/metrics";
import { currentTraceparent, withTrace } from "@roadstead/service-kit/trace";
import { usePrivateRedis } from "@roadstead/testing/redis";
import { withRedis } from "@roadstead/testing/redis-server";
import { afterEach, expect, test, vi } from "vitest";
import type { Handlers } from "./consumer.ts";
import { MemoryBellStore } from "./memory-bell-store.ts";
import { createQueue, type Queue } from "./queue.ts";

const redis = usePrivateRedis();
const WAIT = { timeout: 10_000, interval: 10 };
const opened: Queue[] = [];
const lines: Record<string, unknown>[] = [];
const log = createLogger({
  service: "test",
  level: "debug",
  destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((queue) => queue.close()));
  lines.length = 0;
});

function openQueue(bellStore = new MemoryBellStore(), metrics = createMetrics("test")): Queue {
  const queue = createQueue({ redisUrl: redis.url(), prefix: redis.prefix(), bellStore, log, metrics });
  opened.push(queue);
  return queue;
}

const idleHandlers: Handlers<typeof scheduler> = {
  placeTasks: async () => undefined,
};
const place = (placeTasks: Handlers<typeof scheduler>["placeTasks"]) => ({ ...idleHandlers, placeTasks });
const bell = (key: string) => ({ kind: "placeTasks", key }) as const;
const elapsed = async (work: () => Promise<unknown>) => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

/** A promise and what resolves it. */
const gate = () => Promise.withResolvers<void>();

test("a ring runs the handler with the message of its key and the trace of who rang", async () => {
  const queue = openQueue();
  const seen: unknown[] = [];
  queue.consume(
    scheduler,
    {
      ...idleHandlers,
      placeTasks: async (message, { traceparent }) =>
        void seen.push([message, traceparent, currentTraceparent()]),
    },
    { concurrency: 4 },
  );
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  await withTrace(traceparent, () => queue.ring([bell("c1")]));
  await vi.waitFor(() => expect(seen).toEqual([[{ clusterId: "c1" }, traceparent, traceparent]]), WAIT);
});

test("ten rings while a key is busy cause one more run, and a key never runs twice at once", async () => {
  const [first, second] = [openQueue(), openQueue()];
  const release = gate();
  let [running, most, runs] = [0, 0, 0];
  const handlers = place(async () => {
    runs++;
    most = Math.max(most, ++running);
    await release.promise;
    running--;
  });
  first.consume(scheduler, handlers, { concurrency: 8 });
  second.consume(scheduler, handlers, { concurrency: 8 });
  await first.ring([bell("busy")]);
  await vi.waitFor(() => expect(runs).toBe(1), WAIT);
  for (let i = 0; i < 10; i++) await (i % 2 === 0 ? first : second).ring([bell("busy")]);
  release.resolve();
  await vi.waitFor(() => expect([runs, running]).toEqual([2, 0]), WAIT);
  await first.ring([bell("busy")]);
  await vi.waitFor(() => expect(runs).toBe(3), WAIT);
  expect(most).toBe(1);
});

test("different keys run at the same time up to the concurrency", async () => {
  const queue = openQueue();
  const release = gate();
  const running = new Set<string>();
  const handlers = place(async ({ clusterId }) => {
    running.add(clusterId);
    await release.promise;
  });
  queue.consume(scheduler, handlers, { concurrency: 3 });
  await queue.ring(["a", "b", "c", "d"].map(bell));
  await vi.waitFor(() => expect(running.size).toBe(3), WAIT);
  release.resolve();
  await vi.waitFor(() => expect(running.size).toBe(4), WAIT);
});

test("a bell without a ring is found by polling, a timer only once it is due", async () => {
  const store = new MemoryBellStore();
  const queue = openQueue(store);
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
  const queue = openQueue(store);
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
  const queue = openQueue();
  await queue.ring([bell("warm")]);
  await redis.stop();
  expect(await elapsed(() => queue.ring([bell("a")]))).toBeLessThan(700);
  expect(await elapsed(() => queue.ring([bell("b")]))).toBeLessThan(50);
  expect(await elapsed(() => queue.publishNudge("launch:1"))).toBeLessThan(700);
  await expect(queue.ping()).rejects.toThrow();
});

test("ringing a Redis that hangs costs no more, and its queue works again afterwards", async () => {
  const queue = openQueue();
  const seen = new Set<string>();
  await queue.ring([bell("warm")]);
  await withRedis(redis.url(), (client) => client.client("PAUSE", 1_500, "ALL"));
  expect(await elapsed(() => queue.ring([bell("a")]))).toBeLessThan(700);
  expect(await elapsed(() => queue.ring([bell("b")]))).toBeLessThan(50);
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

test("of thousands of rings racing with runs none is lost", async () => {
  const [ringing, hearing] = [openQueue(), openQueue()];
  const rung = new Map<string, number>();
  const heard = new Map<string, number>();
  const handlers = place(async ({ clusterId }) => {
    const snapshot = rung.get(clusterId) ?? 0;
    await Promise.resolve();
    heard.set(clusterId, snapshot);
  });
  hearing.consume(scheduler, handlers, { concurrency: 8 });
  const keys = Array.from({ length: 20 }, (_, i) => `cluster-${i}`);
  for (let round = 1; round <= 100; round++) {
    for (const key of keys) rung.set(key, round);
    await ringing.ring(keys.map(bell));
  }
  await vi.waitFor(() => expect([...heard.values()]).toEqual(keys.map(() => 100)), WAIT);
});

test("a process starts and rings without Redis, and rings reach it once Redis is there", async () => {
  await redis.stop();
  const queue = openQueue();
  expect(await elapsed(() => queue.ring([bell("a")]))).toBeLessThan(700);
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
  const queue = openQueue(store);
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
  const queue = openQueue(store, metrics);
  let attempts = 0;
  store.add("placeTasks", "c1");
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
  expect(lines.filter((line) => line.op === "scheduler.placeTasks").map((line) => line.outcome)).toEqual([
    "error",
    "error",
    "ok",
  ]);
});

test("a gateway hears the bells of its own sockets only", async () => {
  const store = new MemoryBellStore();
  const queue = openQueue(store);
  const heard: string[] = [];
  for (const id of ["g1", "g2"]) {
    queue.consume(
      gateway,
      { deliver: async ({ instanceId }) => void heard.push(`${id} ${instanceId}`) },
      { concurrency: 2, suffix: id },
    );
  }
  await queue.ring([{ kind: "deliver", key: "i-1", gatewayId: "g2" }]);
  await vi.waitFor(() => expect(heard).toEqual(["g2 i-1"]), WAIT);
  await vi.waitFor(() => expect(store.claimedFor).toEqual(new Set(["g1", "g2"])), WAIT);
  await queue.close();
  const left = await withRedis(redis.url(), (client) => client.keys(`${redis.prefix()}:gateway-*`));
  expect(left).toEqual([]);
});

test("a nudge wakes who waits in another process, also when it came a moment before", async () => {
  const [waiter, publisher] = [openQueue(), openQueue()];
  expect(await waiter.waitNudge("launch:1", 1)).toBe(false);
  await vi.waitFor(async () => {
    const nudged = waiter.waitNudge("launch:2", 200);
    await publisher.publishNudge("launch:2");
    expect(await nudged).toBe(true);
  }, WAIT);
  const nudged = waiter.waitNudge("launch:4", 5_000);
  await publisher.publishNudge("launch:3");
  await publisher.publishNudge("launch:4");
  expect(await nudged).toBe(true);
  expect(await waiter.waitNudge("launch:3", 5_000)).toBe(true);
});

test("a missed nudge costs its waiter the timeout, with and without Redis", async () => {
  const queue = openQueue();
  expect(await queue.waitNudge("launch:nobody", 30)).toBe(false);
  await redis.stop();
  expect(await elapsed(() => queue.waitNudge("launch:nobody", 30))).toBeLessThan(300);
});

test("the lag of every loop is measured from the rows", async () => {
  const store = new MemoryBellStore();
  const metrics = createMetrics("test");
  const queue = openQueue(store, metrics);
  store.add("deliver", "i-1", -5_000);
  const stats = await queue.stats();
  expect(stats.redis).toBe("up");
  expect(stats.lag).toMatchObject([{ kind: "deliver", count: 1 }]);
  const text = await metrics.text();
  expect(text).toMatch(/bell_lag_milliseconds\{[^}]*message="deliver"[^}]*\} 5\d\d\d/);
  for (const kind of bellKinds) expect(text).toContain(`message="${kind}"`);
});

test("closing waits for what runs", async () => {
  const queue = openQueue();
  const [started, release] = [gate(), gate()];
  let finished = false;
  const handlers = place(async () => {
    started.resolve();
    await release.promise;
    finished = true;
  });
  queue.consume(scheduler, handlers, { concurrency: 1 });
  await queue.ring([bell("c1")]);
  await started.promise;
  const closed = queue.close();
  release.resolve();
  await closed;
  expect(finished).toBe(true);
});

test("closing ends every connection within a bound even when Redis is gone", async () => {
  const queue = openQueue();
  queue.consume(scheduler, idleHandlers, { concurrency: 1 });
  await queue.waitNudge("launch:1", 10);
  await queue.ring([bell("c1")]);
  await redis.stop();
  expect(await elapsed(() => queue.close())).toBeLessThan(8_000);
  const sockets = process.getActiveResourcesInfo().filter((kind) => kind === "TCPSocketWrap");
  expect(sockets).toEqual([]);
});
