/** The checks of `doctor`: each looks at one thing of this machine and says how to mend it. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ADDRESS_POOL, hasAddressPool } from "@roadstead/load-balancer/address-pool";
import { databaseUrl } from "./database.ts";
import { dataFiles } from "./files.ts";
import { engineCall, engineVersion } from "./install/docker.ts";
import { findProgram } from "./install/find-program.ts";
import { isFree } from "./install/free-port.ts";
import { findGo, findMinio, openMinio } from "./install/minio.ts";
import { openPostgres } from "./install/postgres.ts";
import { findPostgres } from "./install/postgres-binaries.ts";
import { openRedis, redisUrl } from "./install/redis.ts";
import { unpackedRedis } from "./install/unpacked-redis.ts";
import type { OpenStack } from "./stack.ts";
import { runningProcesses } from "./supervisor/control.ts";

export interface Finding {
  readonly outcome: "ok" | "warn" | "fail";
  readonly detail: string;
  /** What to do; empty when nothing is wrong. */
  readonly fix: string;
}

export interface Check {
  readonly name: string;
  readonly run: (stack: OpenStack) => Finding | Promise<Finding>;
}

const GIB = 1024 ** 3;
const DISK_WARN_BYTES = 5 * GIB;
const DISK_FAIL_BYTES = 1 * GIB;
const FILES_MIN = 4_096;
const SERVER_TIMEOUT_MS = 1_000;
const CLOCK_SKEW_MAX_MS = 60_000;

const ok = (detail: string): Finding => ({ outcome: "ok", detail, fix: "" });
const warn = (detail: string, fix: string): Finding => ({ outcome: "warn", detail, fix });
const fail = (detail: string, fix: string): Finding => ({ outcome: "fail", detail, fix });

export const CHECKS: readonly Check[] = [
  { name: "node", run: checkNode },
  { name: "data folder", run: checkDataFolder },
  { name: "disk space", run: checkDisk },
  { name: "open files", run: checkOpenFiles },
  { name: "clock", run: checkClock },
  { name: "docker", run: checkDocker },
  { name: "control groups", run: checkCgroups },
  { name: "iptables", run: checkIptables },
  { name: "postgresql", run: checkPostgres },
  { name: "redis", run: checkRedis },
  { name: "minio", run: checkMinio },
  { name: "haproxy", run: checkHaproxy },
  { name: "ports", run: checkPorts },
];

function checkNode(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  return major >= 24
    ? ok(`${process.version} at ${process.execPath}`)
    : fail(process.version, "run ./roadstead, which gets Node 24");
}

function checkDataFolder({ settings }: OpenStack): Finding {
  const { dataDir } = settings;
  if (!existsSync(dataDir)) {
    const parent = nearestExisting(dataDir);
    return isWritable(parent)
      ? ok(`${dataDir} will be made`)
      : fail(`${parent} is not writable`, "choose a folder with ROADSTEAD_DATA");
  }
  if (!isWritable(dataDir)) return fail(`${dataDir} is not writable`, `chown -R $(id -un) ${dataDir}`);
  const files = dataFiles(dataDir);
  const open = [files.credentials, files.masterKey, files.secrets, files.run].filter(
    (path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0,
  );
  return open.length === 0
    ? ok(dataDir)
    : fail(`others can read ${open.join(", ")}`, `chmod -R go-rwx ${open.join(" ")}`);
}

function checkDisk({ settings }: OpenStack): Finding {
  const { bavail, bsize } = statfsSync(nearestExisting(settings.dataDir));
  const free = bavail * bsize;
  const detail = `${(free / GIB).toFixed(1)} GiB free for ${settings.dataDir}`;
  if (free < DISK_FAIL_BYTES) return fail(detail, "make room, or move ROADSTEAD_DATA to a larger disk");
  return free < DISK_WARN_BYTES ? warn(detail, "images and logs need more before long") : ok(detail);
}

function checkOpenFiles(): Finding {
  const limit =
    /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? "0";
  const enough = limit === "unlimited" || Number(limit) >= FILES_MIN;
  return enough
    ? ok(`limit ${limit}`)
    : warn(`limit ${limit}`, `ulimit -n ${FILES_MIN} before ./roadstead up`);
}

/** Signatures are refused five minutes off; the engine's clock is the one that containers see. */
async function checkClock({ settings }: OpenStack): Promise<Finding> {
  if (new Date().getUTCFullYear() < 2024)
    return fail(`the clock says ${new Date().toISOString()}`, "set the clock (timedatectl set-ntp true)");
  const answer = await engineCall(settings.dockerSocket, { method: "GET", path: "/info" }).catch(() => null);
  const time =
    answer === null
      ? null
      : Date.parse((JSON.parse(answer.body.toString("utf8")) as { SystemTime: string }).SystemTime);
  const skew = time === null || Number.isNaN(time) ? 0 : Math.abs(Date.now() - time);
  return skew < CLOCK_SKEW_MAX_MS
    ? ok(new Date().toISOString())
    : warn(`${skew} ms off the engine's`, "timedatectl set-ntp true");
}

async function checkDocker({ settings }: OpenStack): Promise<Finding> {
  const { dockerSocket } = settings;
  const version = await engineVersion(dockerSocket);
  if (version) {
    const usable = Number(version.apiVersion.split(".")[1]) >= 41;
    const detail = `Engine ${version.version}, API ${version.apiVersion}, at ${dockerSocket}`;
    return usable ? ok(detail) : fail(detail, "Docker Engine 20.10 or newer is needed");
  }
  if (existsSync(dockerSocket) && !isWritable(dockerSocket)) {
    return fail(
      `${dockerSocket} may not be used by this user`,
      "sudo usermod -aG docker $USER, then log in again",
    );
  }
  const isRoot = process.getuid?.() === 0;
  if (isRoot) return warn(`nothing answers at ${dockerSocket}`, "./roadstead up installs and starts it");
  return fail(`nothing answers at ${dockerSocket}`, "start Docker Engine, or set ROADSTEAD_DOCKER_SOCKET");
}

function checkCgroups(): Finding {
  if (existsSync("/sys/fs/cgroup/cgroup.controllers")) return ok("version 2");
  if (existsSync("/sys/fs/cgroup/memory")) return ok("version 1");
  return fail("no control groups are mounted", "apt-get install cgroupfs-mount && cgroupfs-mount");
}

function checkIptables(): Finding {
  const path = findProgram("iptables");
  return path ? ok(path) : warn("not found", "install iptables: Docker publishes container ports through it");
}

async function checkPostgres({ settings, remembered }: OpenStack): Promise<Finding> {
  const runs = settings.databaseUrl !== null || runningProcesses(settings.dataDir).has("postgres");
  if (runs) {
    const url = databaseUrl(settings, { postgresPort: remembered?.postgresPort ?? null });
    return openPostgres(url, SERVER_TIMEOUT_MS).then(
      () => ok(`answers at ${new URL(url).host}`),
      (error: Error) => fail(error.message, "./roadstead logs postgres"),
    );
  }
  try {
    const { postgres, major } = findPostgres(dataFiles(settings.dataDir).tools, null);
    return ok(`version ${major} at ${postgres}, not started`);
  } catch (error) {
    return fail(
      String(error instanceof Error ? error.message : error),
      "install PostgreSQL 15 or newer, or set ROADSTEAD_DATABASE_URL",
    );
  }
}

async function checkRedis({ settings, remembered }: OpenStack): Promise<Finding> {
  const port = remembered?.redisPort ?? null;
  const own =
    runningProcesses(settings.dataDir).has("redis") && port !== null ? redisUrl(settings, port) : null;
  const url = settings.redisUrl ?? own;
  if (url) {
    return openRedis(url, SERVER_TIMEOUT_MS).then(
      () => ok(`answers at ${new URL(url).host}`),
      (error: Error) => fail(error.message, "./roadstead logs redis"),
    );
  }
  const path = findProgram("redis-server") ?? unpackedRedis(dataFiles(settings.dataDir).tools)?.path;
  if (path) return ok(`${path}, not started`);
  const installs = process.getuid?.() === 0 || findProgram("apt-get");
  return installs
    ? warn("not installed", "./roadstead up installs it")
    : fail("not installed", "install redis, or set ROADSTEAD_REDIS_URL");
}

/** Nothing is wrong without it: layers are files then. */
function checkHaproxy({ settings }: OpenStack): Finding {
  const path = findProgram("haproxy");
  if (path === null) return warn("not found: load balancers would not answer", "install haproxy");
  const runs = runningProcesses(settings.dataDir).has("haproxy");
  const detail = `${path}, ${runs ? "running" : "not started"}`;
  if (!runs || hasAddressPool()) return ok(detail);
  return process.getuid?.() === 0
    ? warn(`${detail}; ${ADDRESS_POOL} is not local`, "./roadstead up")
    : ok(`${detail}; load balancers answer at their loopback addresses alone`);
}

async function checkMinio({ settings, remembered }: OpenStack): Promise<Finding> {
  if (remembered?.blobs?.kind !== "minio") {
    const path = findMinio(settings);
    if (path !== null) return ok(`${path}, not used; ./roadstead up --minio would`);
    return ok(findGo() === null ? "not used" : "not used; ./roadstead up --minio would build it");
  }
  if (!runningProcesses(settings.dataDir).has("minio")) return ok("not started");
  return openMinio(`http://127.0.0.1:${remembered.minioPort}`, SERVER_TIMEOUT_MS).then(
    () => ok(`answers at 127.0.0.1:${remembered.minioPort}`),
    (error: Error) => fail(error.message, "./roadstead logs minio"),
  );
}

async function checkPorts({ settings }: OpenStack): Promise<Finding> {
  const running = runningProcesses(settings.dataDir);
  const ours = running.has("edge") || running.has("api");
  const ports = [
    { port: settings.apiPort, variable: "ROADSTEAD_API_PORT" },
    { port: settings.gatewayPort, variable: "ROADSTEAD_GATEWAY_PORT" },
  ];
  if (ours) return ok(`${ports.map((p) => p.port).join(", ")} are ours`);
  const free = await Promise.all(ports.map((p) => isFree(p.port, settings.listenHost)));
  const taken = ports.filter((_, at) => !free[at]);
  if (taken.length === 0) return ok(`${ports.map((p) => p.port).join(", ")} are free`);
  return fail(
    `in use by another program: ${taken.map((p) => p.port).join(", ")}`,
    taken.map((p) => `stop ${listener(p.port)} or set ${p.variable}`).join("; "),
  );
}

function listener(port: number): string {
  try {
    const table = execFileSync("ss", ["-Hltnp", `sport = :${port}`], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /\("([^"]+)",pid=(\d+)/.exec(table)?.slice(1).join(" pid ") ?? "it";
  } catch {
    return "it";
  }
}

function nearestExisting(path: string): string {
  let folder = path;
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
