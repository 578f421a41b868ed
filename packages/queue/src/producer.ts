/** Rings bells through BullMQ after a commit; a Redis that is slow or gone costs the caller at most half a second, once. */
import { type BellKind, bellRoute } from "@roadstead/messages/bell-kind";
import type { Logger } from "@roadstead/service-kit/log";
import { currentTraceparent } from "@roadstead/service-kit/trace";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import type { BellMetrics } from "./bell-metrics.ts";
import { createCircuitBreaker } from "./circuit-breaker.ts";
import { COMMAND_TIMEOUT_MS, untilConnected } from "./redis-connection.ts";

/** Queues kept open; gateways come and go, and each has one. */
const OPEN_QUEUES_MAX = 64;

/** BullMQ's event stream per queue, which nobody reads. */
const EVENTS_MAX = 10;

/** A bell whose row is committed. */
interface Bell {
  readonly kind: BellKind;
  readonly key: string;
  /** The replica that must hear it, where a queue exists per replica. */
  readonly gatewayId?: string | null;
  /** A timer is not rung: polling finds it when it is due. */
  readonly delayMs?: number;
}

/** What a job carries: the message follows from the key. */
export interface RingPayload {
  readonly key: string;
  readonly traceparent?: string;
}

export interface Producer {
  /** Never throws and never waits long: the rows are the truth, a lost ring costs a second. */
  ring(bells: readonly Bell[]): Promise<void>;
  /** Removes a queue nobody will hear again; what is left of a replica that was killed is a few small keys. */
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface ProducerOptions {
  readonly redis: Redis;
  readonly prefix: string;
  readonly log: Logger;
  readonly metrics: BellMetrics;
}

export function createProducer({ redis, prefix, log, metrics }: ProducerOptions): Producer {
  const queues = createQueues(redis, prefix);
  const breaker = createCircuitBreaker();

  const ringQueue = async (name: string, bells: readonly Bell[]): Promise<void> => {
    const count = (outcome: string) => {
      for (const bell of bells) {
        metrics.rings.inc({ queue: bellRoute(bell.kind).queueName, message: bell.kind, outcome });
      }
    };
    try {
      const outcome = await breaker.attempt(async () => {
        await untilConnected(redis, COMMAND_TIMEOUT_MS);
        await queues.get(name).addBulk(bells.map(jobOf));
      });
      count(outcome === "done" ? "rung" : "skipped");
    } catch (error) {
      count("failed");
      queues.forget(name);
      log.warn({ op: "bells.ring", queue: name, bells: bells.length, err: error }, "bells were not rung");
    }
  };
  return {
    async ring(bells) {
      await Promise.all([...byQueue(bells)].map(([name, group]) => ringQueue(name, group)));
    },
    async remove(name) {
      if (redis.status !== "ready") return;
      await queues
        .get(name)
        .obliterate({ force: true })
        .catch((error: unknown) =>
          log.debug({ op: "bells.remove", queue: name, err: error }, "queue not removed"),
        );
      queues.forget(name);
    },
    close: queues.close,
  };
}

/** The name of a queue; one that exists per replica carries the replica's id. */
export const queueNameOf = (name: string, suffix?: string | null) =>
  suffix === undefined || suffix === null ? name : `${name}-${suffix}`;

function byQueue(bells: readonly Bell[]): ReadonlyMap<string, readonly Bell[]> {
  const groups = new Map<string, Bell[]>();
  for (const bell of bells) {
    if ((bell.delayMs ?? 0) > 0) continue;
    const name = queueNameOf(bellRoute(bell.kind).queueName, bell.gatewayId);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [bell]);
    else group.push(bell);
  }
  return groups;
}

function jobOf({ kind, key }: Bell) {
  const traceparent = currentTraceparent();
  const data: RingPayload = { key, ...(traceparent === undefined ? {} : { traceparent }) };
  const deduplication = { id: `${kind} ${key}`, keepLastIfActive: true };
  return {
    name: kind,
    data,
    opts: { deduplication, attempts: 1, removeOnComplete: true, removeOnFail: true },
  };
}

/** BullMQ's queue objects over the one shared connection, least recently used first. */
function createQueues(redis: Redis, prefix: string) {
  const open = new Map<string, Queue<RingPayload>>();
  const queueOptions = { connection: redis, prefix, streams: { events: { maxLen: EVENTS_MAX } } };
  const closeQueue = (queue: Queue<RingPayload>) => queue.close().catch(() => undefined);
  const forget = (name: string) => {
    const queue = open.get(name);
    open.delete(name);
    if (queue !== undefined) void closeQueue(queue);
  };
  return {
    get(name: string): Queue<RingPayload> {
      const queue = open.get(name) ?? new Queue<RingPayload>(name, queueOptions);
      if (!open.has(name)) queue.on("error", () => undefined);
      open.delete(name);
      open.set(name, queue);
      const [oldest] = open.keys();
      if (open.size > OPEN_QUEUES_MAX && oldest !== undefined) forget(oldest);
      return queue;
    },
    forget,
    async close() {
      await Promise.all([...open.values()].map(closeQueue));
      open.clear();
    },
  };
}
