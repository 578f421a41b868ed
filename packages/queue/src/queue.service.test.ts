import { bellKinds } from "@roadstead/messages/bell-kind";
import { gateway } from "@roadstead/messages/gateway";
import { scheduler } from "@roadstead/messages/scheduler";
import { createMetrics } from "@roadstead/service-kit/metrics";
import { currentTraceparent, withTrace } from "@roadstead/service-kit/trace";
import { usePrivateRedis } from "@roadstead/testing/redis";
import { withRedis } from "@roadstead/testing/redis-server";
import { expect, test, vi } from "vitest";
import { MemoryBellStore } from "./memory-bell-store.ts";
import { bell, place, useQueues, WAIT } from "./queue-fixture.ts";

const redis = usePrivateRedis();
const queues = useQueues(redis);

test("a ring runs the handler with the message of its key and the trace of who rang", async () => {
  const queue = queues.open();
  const seen: unknown[] = [];
  queue.consume(
    scheduler,
    {
      ...place(async () => undefined),
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
  const [first, second] = [queues.open(), queues.open()];
  const release = Promise.withResolvers<void>();
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
  const queue = queues.open();
  const release = Promise.withResolvers<void>();
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

test("of thousands of rings racing with runs none is lost", async () => {
  const [ringing, hearing] = [queues.open(), queues.open()];
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

test("a gateway hears the bells of its own sockets only", async () => {
  const store = new MemoryBellStore();
  const queue = queues.open(store);
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

test("the lag of every loop is measured from the rows", async () => {
  const store = new MemoryBellStore();
  const metrics = createMetrics("test");
  const queue = queues.open(store, metrics);
  store.add("deliver", "i-1", -5_000);
  const stats = await queue.stats();
  expect(stats.redis).toBe("up");
  expect(stats.lag).toMatchObject([{ kind: "deliver", count: 1 }]);
  const text = await metrics.text();
  const lagMs = /bell_lag_milliseconds\{[^}]*message="deliver"[^}]*\} ([\d.]+)/.exec(text)?.[1];
  expect(Number(lagMs)).toBeGreaterThanOrEqual(5_000);
  expect(Number(lagMs)).toBeLessThan(5_000 + WAIT.timeout);
  for (const kind of bellKinds) expect(text).toContain(`message="${kind}"`);
});

test("closing waits for what runs", async () => {
  const queue = queues.open();
  const [started, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
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
