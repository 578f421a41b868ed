/**
 * A Redis for every test; call `useRedis` or `usePrivateRedis` at the top of a `*.service.test.ts`.
 *
 *     const redis = useRedis();                 // shared server, a key prefix per test
 *     createQueue({ redisUrl: redis.url(), prefix: redis.prefix(), … });
 *
 *     const redis = usePrivateRedis();          // a server of this file's own, to flush, stop and start again
 *     await redis.stop(); await redis.start(); await redis.flush();
 *
 * After a test its keys are removed; a test that leaves a connection named after its prefix open fails.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type RedisServer, startInstalledRedis, startRedis, withRedis } from "./redis-server.ts";

/** Servers notice closed sockets a moment after the client does, and later where others keep the machine busy. */
const DISCONNECT_WAIT_MS = 15_000;
const DISCONNECT_POLL_MS = 20;
const SCAN_COUNT = 500;

export interface RedisFixture {
  url(): string;
  /** Key prefix of the running test. */
  prefix(): string;
}

export interface PrivateRedisFixture extends RedisFixture {
  stop(): Promise<void>;
  /** Starts the stopped server on the same port, empty. */
  start(): Promise<void>;
  flush(): Promise<void>;
}

export function useRedis(): RedisFixture {
  return useServer(startRedis);
}

export function usePrivateRedis(): PrivateRedisFixture {
  return useServer(() => startInstalledRedis());
}

function useServer(open: () => Promise<RedisServer>): PrivateRedisFixture {
  let server: RedisServer | undefined;
  let running = false;
  let prefix = "";
  const url = () => {
    if (server === undefined) throw new Error("redis.url() is for running tests and their hooks");
    return server.url;
  };
  const fixture: PrivateRedisFixture = {
    url,
    prefix: () => prefix,
    async stop() {
      running = false;
      await server?.stop();
    },
    async start() {
      server = await startInstalledRedis(Number(new URL(url()).port));
      running = true;
    },
    flush: () => withRedis(url(), async (redis) => void (await redis.flushall())),
  };
  beforeAll(async () => {
    server = await open();
    running = true;
  });
  beforeEach(() => {
    prefix = `roadstead-test-${randomBytes(6).toString("hex")}`;
  });
  afterEach(async () => {
    if (!running) await fixture.start();
    await removeTraces(url(), prefix);
  });
  afterAll(async () => {
    if (running) await server?.stop();
  });
  return fixture;
}

/** Removes the keys under `prefix`; throws when a connection named after it is still open after a while. */
export async function removeTraces(
  url: string,
  prefix: string,
  disconnectWaitMs = DISCONNECT_WAIT_MS,
): Promise<void> {
  await withRedis(url, async (redis) => {
    const deadline = Date.now() + disconnectWaitMs;
    let left: string[];
    for (;;) {
      const clients = String(await redis.client("LIST")).split("\n");
      left = clients.filter((line) => line.includes(` name=${prefix}`));
      if (left.length === 0 || Date.now() > deadline) break;
      await delay(DISCONNECT_POLL_MS);
    }
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: SCAN_COUNT })) {
      if ((keys as string[]).length > 0) await redis.unlink(keys as string[]);
    }
    if (left.length > 0) throw new Error(`connections left open by the test: ${left.join("; ")}`);
  });
}
