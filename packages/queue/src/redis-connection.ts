/** Opens the Redis connections of a process: one that answers or fails at once, and ones that wait; `queue.ts` closes them. */
import type { Logger } from "@roadstead/service-kit/log";
import { Redis } from "ioredis";

/** How long a request may lose to Redis before it goes on without. */
export const COMMAND_TIMEOUT_MS = 500;
const RECONNECT_MAX_MS = 1_000;
const RECONNECT_STEP_MS = 50;

const common = (name: string) => ({
  connectionName: name,
  connectTimeout: 2_000,
  retryStrategy: (attempt: number) => Math.min(attempt * RECONNECT_STEP_MS, RECONNECT_MAX_MS),
});

/** For producers: a command answers within `COMMAND_TIMEOUT_MS` or fails, and is never sent twice. */
export function openPromptConnection(url: string, name: string, log: Logger): Redis {
  return watched(
    new Redis(url, {
      ...common(name),
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
    }),
    log,
  );
}

/** For consumers and subscribers: waits for Redis for as long as it is gone. */
export function openPatientConnection(url: string, name: string, log: Logger): Redis {
  return watched(new Redis(url, { ...common(name), maxRetriesPerRequest: null }), log);
}

/** One line when Redis goes and one when it is back, however often reconnecting fails in between. */
function watched(redis: Redis, log: Logger): Redis {
  let lost = false;
  redis.on("error", (error) => {
    if (!lost)
      log.warn({ op: "redis.lost", err: error }, "Redis does not answer; bells are found by polling");
    lost = true;
  });
  redis.on("ready", () => {
    if (lost) log.info({ op: "redis.back" }, "Redis answers again");
    lost = false;
  });
  return redis;
}

/** Resolves once the connection can carry commands; rejects after `timeoutMs`. */
export function untilConnected(redis: Redis, timeoutMs: number): Promise<void> {
  if (redis.status === "ready") return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      redis.off("ready", onReady);
      finish();
    };
    const onReady = () => settle(resolve);
    const timer = setTimeout(
      () => settle(() => reject(new Error(`Redis did not answer within ${timeoutMs} ms`))),
      timeoutMs,
    );
    redis.on("ready", onReady);
  });
}
