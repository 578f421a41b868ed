/** A Redis for tests: the one in the environment, else an installed one, else a container; fixtures start it. */
import { Redis } from "ioredis";
import { findProgram } from "./find-program.ts";
import { freePort } from "./free-port.ts";
import { hasLocalImage, loadTestcontainers } from "./local-image.ts";
import { serverFolder, startServerProcess } from "./server-process.ts";
import { untilReady } from "./until-ready.ts";

export const REDIS_URL_VARIABLE = "ROADSTEAD_TEST_REDIS_URL";
const IMAGE = process.env.ROADSTEAD_TEST_REDIS_IMAGE ?? "redis:7-alpine";
const START_ATTEMPTS_MAX = 3;

export interface RedisServer {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  const given = process.env[REDIS_URL_VARIABLE];
  if (given !== undefined && given !== "") return { url: given, stop: async () => undefined };
  const program = await findProgram("redis-server");
  if (program !== null) return startInstalledRedis();
  if (await hasLocalImage(IMAGE)) return startContainer();
  throw new Error(
    `no Redis for tests: set ${REDIS_URL_VARIABLE}, install redis-server, or make the image ${IMAGE} available`,
  );
}

/** An installed Redis of one's own, on a given port when it comes back after having been stopped. */
export async function startInstalledRedis(port?: number): Promise<RedisServer> {
  const program = await findProgram("redis-server");
  if (program === null) throw new Error("redis-server is not installed");
  for (let attempt = 1; ; attempt++) {
    const folder = await serverFolder("redis", null);
    const listen = port ?? (await freePort());
    const options = [
      "--port",
      String(listen),
      "--bind",
      "127.0.0.1",
      "--dir",
      folder,
      "--save",
      "",
      "--appendonly",
      "no",
    ];
    const server = startServerProcess([program, ...options], { folder, user: null });
    const url = `redis://127.0.0.1:${listen}`;
    try {
      await untilReady("Redis", server, () => withRedis(url, (redis) => redis.ping()));
      return { url, stop: server.stop };
    } catch (error) {
      await server.stop();
      if (attempt >= START_ATTEMPTS_MAX) throw error;
    }
  }
}

async function startContainer(): Promise<RedisServer> {
  const { GenericContainer, Wait } = await loadTestcontainers();
  const container = await new GenericContainer(IMAGE)
    .withCommand(["redis-server", "--save", "", "--appendonly", "no", "--protected-mode", "no"])
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage("Ready to accept connections"))
    .start();
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    stop: async () => void (await container.stop()),
  };
}

/** Runs `use` on a connection of its own, which is closed afterwards. */
export async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
