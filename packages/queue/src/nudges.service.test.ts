import { usePrivateRedis } from "@roadstead/testing/redis";
import { expect, test, vi } from "vitest";
import { endsWithin, useQueues, WAIT } from "./queue-fixture.ts";

const redis = usePrivateRedis();
const queues = useQueues(redis);

test("a nudge wakes who waits in another process, also when it came a moment before", async () => {
  const [waiter, publisher] = [queues.open(), queues.open()];
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
  const queue = queues.open();
  expect(await queue.waitNudge("launch:nobody", 30)).toBe(false);
  await redis.stop();
  expect(await endsWithin(300, () => queue.waitNudge("launch:nobody", 30))).toBe(true);
});
