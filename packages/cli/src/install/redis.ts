/** Makes the private Redis when no address is given, and describes it to the supervisor. */
import { mkdirSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { Failure } from "../failure.ts";
import { dataFiles } from "../files.ts";
import type { Settings } from "../settings.ts";
import { findProgram } from "./find-program.ts";
import type { Store } from "./postgres.ts";
import { ensureSecret } from "./secrets.ts";
import { canInstallPackages, installPackages } from "./system-packages.ts";
import { unpackedRedis, unpackRedis } from "./unpacked-redis.ts";

export interface RedisProgram {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

export const redisUrl = (settings: Settings, port: number): string =>
  `redis://:${ensureSecret(join(dataFiles(settings.dataDir).secrets, "redis"), 24)}@127.0.0.1:${port}/0`;

export async function ensureRedis(settings: Settings, port: number): Promise<Store> {
  if (settings.redisUrl) return { url: settings.redisUrl, specification: null };
  const files = dataFiles(settings.dataDir);
  const program = await redisProgram(files.tools);
  mkdirSync(files.redis, { recursive: true, mode: 0o700 });
  const configuration = join(files.redis, "redis.conf");
  const password = ensureSecret(join(files.secrets, "redis"), 24);
  writeFileSync(configuration, renderConfiguration({ port, password, folder: files.redis }), { mode: 0o600 });
  return {
    url: redisUrl(settings, port),
    specification: {
      name: "redis",
      tier: 0,
      command: program.path,
      args: [configuration],
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C", ...program.env },
      cwd: files.redis,
      user: null,
      logFile: files.log("redis"),
      stopSignal: "SIGTERM",
      stopTimeoutMs: 10_000,
      opsHost: "127.0.0.1",
      opsPort: null,
    },
  };
}

/** Bells are rows in PostgreSQL, so a second of lost appends costs nothing; evicting keys would. */
export const renderConfiguration = (options: { port: number; password: string; folder: string }): string =>
  [
    "bind 127.0.0.1",
    `port ${options.port}`,
    "protected-mode yes",
    `requirepass ${options.password}`,
    `dir ${JSON.stringify(options.folder)}`,
    "appendonly yes",
    "appendfsync everysec",
    'save ""',
    "maxmemory 256mb",
    "maxmemory-policy noeviction",
    "daemonize no",
    "loglevel warning",
    "",
  ].join("\n");

export async function redisProgram(toolsDir: string): Promise<RedisProgram> {
  const find = () => findProgram("redis-server") ?? findProgram("valkey-server");
  const installed = find();
  if (installed) return { path: installed, env: {} };
  const unpacked = unpackedRedis(toolsDir);
  if (unpacked) return unpacked;
  if (canInstallPackages()) {
    await installPackages("Redis", {
      "apt-get": ["redis-server"],
      dnf: ["redis"],
      apk: ["redis"],
    });
    const fresh = find();
    if (fresh) return { path: fresh, env: {} };
  } else if (findProgram("apt-get") && findProgram("dpkg-deb")) return unpackRedis(toolsDir);
  throw new Failure(
    "no Redis server was found",
    "install redis, or name a server with ROADSTEAD_REDIS_URL=redis://…",
  );
}

/** Asks PING with the URL's password until the answer comes; any reply that is no connection error will do. */
export async function openRedis(url: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await answers(url))) {
    if (Date.now() > deadline) throw new Failure("Redis does not answer", "./roadstead logs redis");
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

function answers(url: string): Promise<boolean> {
  const { hostname, port, password, username } = new URL(url);
  const login = password ? `AUTH ${username ? `${username} ` : ""}${decodeURIComponent(password)}\r\n` : "";
  return new Promise((resolve) => {
    const socket = createConnection({
      host: hostname,
      port: Number(port || 6379),
    });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => done(false));
    socket.on("error", () => done(false));
    socket.on("data", (chunk) => chunk.includes("+PONG") && done(true));
    socket.on("close", () => done(false));
    socket.write(`${login}PING\r\n`);
  });
}
