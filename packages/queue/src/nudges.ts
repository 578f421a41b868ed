/** Wakes who waits for a result in another process, by Redis pub/sub; RunTask waits for its launch with it. */
import type { Logger } from "@roadstead/service-kit/log";
import type { Redis } from "ioredis";
import type { BellMetrics } from "./bell-metrics.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";
import { COMMAND_TIMEOUT_MS, openPatientConnection, untilConnected } from "./redis-connection.ts";

/** Nudges remembered for a waiter that comes a moment too late. */
const RECENT_MAX = 1_000;

export interface Nudges {
  /** Wakes the waiters of `channel` in every process. Never throws; a lost nudge costs its waiter the timeout. */
  publishNudge(channel: string): Promise<void>;
  /** True when nudged, false after `timeoutMs`. A nudge that came just before the call counts, once. */
  waitNudge(channel: string, timeoutMs: number): Promise<boolean>;
  close(): void;
}

export interface NudgesOptions {
  /** The producer's connection. */
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly log: Logger;
  readonly metrics: BellMetrics;
}

/** All nudges share one Redis channel: subscribing per launch would cost a round trip before each. */
export function createNudges({ redis, redisUrl, prefix, log, metrics }: NudgesOptions): Nudges {
  const redisChannel = `${prefix}:nudge`;
  const breaker = createCircuitBreaker();
  const waiters = createWaiters();
  let subscriber: Redis | undefined;

  const subscribe = () => {
    if (subscriber !== undefined) return;
    subscriber = openPatientConnection(redisUrl, prefix, log);
    subscriber.on("message", (_channel: string, channel: string) => waiters.wake(channel));
    subscriber.subscribe(redisChannel).catch(() => undefined);
  };
  return {
    async publishNudge(channel) {
      try {
        const outcome = await breaker.attempt(async () => {
          await untilConnected(redis, COMMAND_TIMEOUT_MS);
          await redis.publish(redisChannel, channel);
        });
        metrics.nudges.inc({ outcome });
      } catch (error) {
        metrics.nudges.inc({ outcome: "failed" });
        log.warn({ op: "nudge.publish", err: error }, "a nudge was not published");
      }
    },
    waitNudge(channel, timeoutMs) {
      subscribe();
      return waiters.wait(channel, timeoutMs);
    },
    close() {
      waiters.wakeAll();
      subscriber?.disconnect();
    },
  };
}

/** Who waits in this process, by channel, and which nudges came while nobody did. */
function createWaiters() {
  const waiting = new Map<string, Set<(nudged: boolean) => void>>();
  const recent = new Set<string>();
  const settle = (channel: string, nudged: boolean) => {
    for (const resolve of waiting.get(channel) ?? []) resolve(nudged);
  };
  const remember = (channel: string) => {
    recent.add(channel);
    const [oldest] = recent;
    if (recent.size > RECENT_MAX && oldest !== undefined) recent.delete(oldest);
  };
  return {
    wake(channel: string) {
      if (waiting.has(channel)) settle(channel, true);
      else remember(channel);
    },
    wakeAll() {
      for (const channel of [...waiting.keys()]) settle(channel, false);
    },
    wait(channel: string, timeoutMs: number): Promise<boolean> {
      if (recent.delete(channel)) return Promise.resolve(true);
      return new Promise((resolve) => {
        const group = waiting.get(channel) ?? new Set();
        const finish = (nudged: boolean) => {
          clearTimeout(timer);
          group.delete(finish);
          if (group.size === 0) waiting.delete(channel);
          resolve(nudged);
        };
        const timer = setTimeout(() => finish(false), timeoutMs);
        group.add(finish);
        waiting.set(channel, group);
      });
    },
  };
}
