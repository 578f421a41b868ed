/** What the queue's service tests share: queues that are closed after each test, and the lines they logged. */
import { setTimeout as delay } from "node:timers/promises";
import type { scheduler } from "@roadstead/messages/scheduler";
import { createLogger } from "@roadstead/service-kit/log";
import { createMetrics } from "@roadstead/service-kit/metrics";
import type { RedisFixture } from "@roadstead/testing/redis";
import { afterEach } from "vitest";
import type { Handlers } from "./consumer.ts";
import { MemoryBellStore } from "./memory-bell-store.ts";
import { createQueue, type Queue } from "./queue.ts";

/** How long a test waits for what must happen. */
export const WAIT = { timeout: 10_000, interval: 10 };

export function useQueues(redis: RedisFixture) {
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
  return {
    lines,
    open(bellStore = new MemoryBellStore(), metrics = createMetrics("test")): Queue {
      const queue = createQueue({ redisUrl: redis.url(), prefix: redis.prefix(), bellStore, log, metrics });
      opened.push(queue);
      return queue;
    },
  };
}

/** The scheduler's handlers, with `placeTasks` as given. */
export const place = (placeTasks: Handlers<typeof scheduler>["placeTasks"]): Handlers<typeof scheduler> => ({
  placeTasks,
});

export const bell = (key: string) => ({ kind: "placeTasks", key }) as const;

/**
 * Whether the work ends before a timer of so long that begins with it. On a machine that is busy with others both are late,
 * and still come in their order.
 */
export async function endsWithin(limitMs: number, work: () => Promise<unknown>): Promise<boolean> {
  const ending = work().then(() => true);
  const late = new AbortController();
  const isLate = delay(limitMs, false, { signal: late.signal }).catch(() => false);
  const isInTime = await Promise.race([ending, isLate]);
  late.abort();
  await ending;
  return isInTime;
}
