/** The queue of a process: rings bells after commits, runs handlers, wakes waiters; opened once and handed to services. */
import { type BellKind, bellKinds, bellRoute } from "@roadstead/messages/bell-kind";
import type { QueueCatalog } from "@roadstead/messages/message";
import type { Logger } from "@roadstead/service-kit/log";
import { type Loop, startLoop } from "@roadstead/service-kit/loops";
import type { Metrics } from "@roadstead/service-kit/metrics";
import { type BellMetrics, createBellMetrics } from "./bell-metrics.ts";
import type { BellLag, BellStore } from "./bell-store.ts";
import { type ConsumeOptions, type Consumer, type Handlers, startConsumer } from "./consumer.ts";
import { createNudges, type Nudges } from "./nudges.ts";
import { createProducer, type Producer } from "./producer.ts";
import { COMMAND_TIMEOUT_MS, openPromptConnection, untilConnected } from "./redis-connection.ts";

const LAG_INTERVAL_MS = 5_000;

export interface QueueOptions {
  readonly redisUrl: string;
  /** Namespace of every key; two installations on one Redis differ in it. */
  readonly prefix: string;
  readonly bellStore: BellStore;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface QueueStats {
  readonly redis: "up" | "down";
  /** How far each loop is behind, from the rows. */
  readonly lag: readonly BellLag[];
}

export interface Queue extends Pick<Producer, "ring">, Pick<Nudges, "publishNudge" | "waitNudge"> {
  /** Starts running `handlers`, one per doorbell of the catalog, until stopped or the queue is closed. */
  consume<Catalog extends QueueCatalog>(
    catalog: Catalog,
    handlers: Handlers<Catalog>,
    options: ConsumeOptions,
  ): Consumer;
  /** Rejects when Redis does not answer within half a second. */
  ping(): Promise<void>;
  stats(): Promise<QueueStats>;
  /** Stops consumers, waits for what they run and closes every connection. */
  close(): Promise<void>;
}

export function createQueue(options: QueueOptions): Queue {
  const { redisUrl, prefix, bellStore, log } = options;
  const metrics = createBellMetrics(options.metrics);
  const redis = openPromptConnection(redisUrl, prefix, log);
  const producer = createProducer({ redis, prefix, log, metrics });
  const nudges = createNudges({ redis, redisUrl, prefix, log, metrics });
  const consumers = new Set<Consumer>();
  let lagLoop: Loop | undefined;

  const ping = async () => {
    await untilConnected(redis, COMMAND_TIMEOUT_MS);
    await redis.ping();
  };
  const measureLag = async () => {
    const lag = await bellStore.overdueBellLag();
    publishLag(metrics, lag);
    return lag;
  };
  return {
    ring: producer.ring,
    publishNudge: nudges.publishNudge,
    waitNudge: nudges.waitNudge,
    ping,
    consume(catalog, handlers, consumeOptions) {
      const consumer = startConsumer(
        { redisUrl, prefix, bellStore, log, metrics, removeQueue: producer.remove },
        catalog,
        handlers,
        consumeOptions,
      );
      consumers.add(consumer);
      lagLoop ??= startLoop({
        name: "bell-lag",
        everyMs: LAG_INTERVAL_MS,
        run: async () => void (await measureLag()),
        log,
      });
      return {
        async stop() {
          consumers.delete(consumer);
          await consumer.stop();
        },
      };
    },
    async stats() {
      const [redisState, lag] = await Promise.all([
        ping().then(
          () => "up" as const,
          () => "down" as const,
        ),
        measureLag(),
      ]);
      return { redis: redisState, lag };
    },
    async close() {
      nudges.close();
      await Promise.all([lagLoop?.stop(), ...[...consumers].map((consumer) => consumer.stop())]);
      await producer.close();
      redis.disconnect();
    },
  };
}

function publishLag(metrics: BellMetrics, lag: readonly BellLag[]): void {
  const byKind = new Map<BellKind, BellLag>(lag.map((entry) => [entry.kind, entry]));
  for (const kind of bellKinds) {
    const labels = { queue: bellRoute(kind).queueName, message: kind };
    metrics.oldestMs.set(labels, byKind.get(kind)?.oldestMs ?? 0);
    metrics.overdue.set(labels, byKind.get(kind)?.count ?? 0);
  }
}
