/** Runs a queue's handlers for what is rung and for what polling finds; services call it through `Queue.consume`. */
import { setTimeout as delay } from "node:timers/promises";
import type { BellKind } from "@roadstead/messages/bell-kind";
import {
  type DoorbellNames,
  isDoorbell,
  type MessageOf,
  type QueueCatalog,
} from "@roadstead/messages/message";
import { startLoop } from "@roadstead/service-kit/loops";
import { type Job, Worker } from "bullmq";
import { createKeyedRuns } from "./keyed-runs.ts";
import { createPoller } from "./poll-bells.ts";
import { queueNameOf, type RingPayload } from "./producer.ts";
import { openPatientConnection } from "./redis-connection.ts";
import {
  type BellHandler,
  type BellRun,
  type HandlerContext,
  type RunBellDeps,
  runBell,
} from "./run-bell.ts";

const POLL_INTERVAL_MS = 1_000;
/** After a worker's sudden death its keys are deaf for this long. */
const LOCK_DURATION_MS = 5_000;
const STALLED_INTERVAL_MS = 2_000;
const RETRY_DELAY_MS = 1_000;
/** A worker whose Redis goes away while it closes would wait for it. */
const WORKER_CLOSE_TIMEOUT_MS = 5_000;

/** One handler per doorbell: a missing one does not compile. */
export type Handlers<Catalog extends QueueCatalog> = {
  readonly [Name in DoorbellNames<Catalog>]: (
    message: MessageOf<Catalog["messages"][Name]>,
    context: HandlerContext,
  ) => Promise<void>;
};

export interface ConsumeOptions {
  readonly concurrency: number;
  /** Makes the queue this replica's own: the gateway's id. */
  readonly suffix?: string;
}

export interface Consumer {
  /** Takes up nothing more and waits for what runs. */
  stop(): Promise<void>;
}

export interface ConsumerDeps extends Omit<RunBellDeps, "handlers"> {
  readonly redisUrl: string;
  readonly prefix: string;
  /** Called when a replica's own queue is no longer heard. */
  readonly removeQueue: (name: string) => Promise<void>;
}

export function startConsumer<Catalog extends QueueCatalog>(
  deps: ConsumerDeps,
  catalog: Catalog,
  handlers: Handlers<Catalog>,
  { concurrency, suffix }: ConsumeOptions,
): Consumer {
  const kinds = Object.entries(catalog.messages).flatMap(([kind, message]) =>
    isDoorbell(message) ? [kind as BellKind] : [],
  );
  const runDeps: RunBellDeps = { ...deps, handlers: new Map(Object.entries<BellHandler>(handlers as never)) };
  const runs = createKeyedRuns();
  const run = (bell: BellRun) => runs.run(`${bell.kind} ${bell.key}`, () => runBell(runDeps, bell));

  const name = queueNameOf(catalog.name, suffix);
  const worker = startWorker(deps, {
    name,
    kinds: new Set(kinds),
    concurrency,
    run,
  });
  const poller = createPoller({
    bellStore: deps.bellStore,
    kinds,
    gatewayId: suffix,
    concurrency,
    run: (bell) => run({ ...bell, source: "poll" }),
  });
  const loop = startLoop({
    name: `poll-${catalog.name}`,
    everyMs: POLL_INTERVAL_MS,
    run: poller.pass,
    log: deps.log,
  });
  return {
    async stop() {
      await Promise.all([loop.stop(), worker.close()]);
      await poller.idle();
      await runs.idle();
      if (suffix !== undefined) await deps.removeQueue(name);
    },
  };
}

interface WorkerOptions {
  readonly name: string;
  readonly kinds: ReadonlySet<string>;
  readonly concurrency: number;
  readonly run: (bell: BellRun) => Promise<void>;
}

function startWorker(
  { redisUrl, prefix, log }: ConsumerDeps,
  { name, kinds, concurrency, run }: WorkerOptions,
) {
  const connection = openPatientConnection(redisUrl, prefix, log);
  const worker = new Worker<RingPayload>(
    name,
    async (job: Job<RingPayload>) => {
      const { key, traceparent } = job.data;
      // Another release's message: its bell stays for the consumer that knows it.
      if (!kinds.has(job.name)) return;
      await run({ kind: job.name as BellKind, key, source: "ring", traceparent });
    },
    {
      connection,
      prefix,
      concurrency,
      lockDuration: LOCK_DURATION_MS,
      stalledInterval: STALLED_INTERVAL_MS,
      runRetryDelay: RETRY_DELAY_MS,
    },
  );
  worker.on("error", (error) => log.debug({ op: "bells.worker", queue: name, err: error }, "worker error"));
  return {
    async close() {
      await closeWorker(worker, connection.status === "ready");
      connection.disconnect();
    },
  };
}

/** Waits for running jobs while Redis answers; without it the worker is let go, and `runs.idle` waits for the handlers. */
async function closeWorker(worker: Worker, redisAnswers: boolean): Promise<void> {
  const expiry = new AbortController();
  const expired = delay(WORKER_CLOSE_TIMEOUT_MS, "expired" as const, { signal: expiry.signal });
  const closed = worker.close(!redisAnswers).then(() => "closed" as const);
  const outcome = await Promise.race(
    [closed, expired].map((settled) => settled.catch(() => "closed" as const)),
  );
  expiry.abort();
  if (outcome === "expired") void worker.disconnect().catch(() => undefined);
}
