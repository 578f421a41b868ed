/** Starts HAProxy and the private PostgreSQL, Redis and MinIO, and waits until these answer; bring-up.ts calls this first. */
import { blobEnvironment, chooseBlobPlace, requireSameBlobPlace } from "./blob-place.ts";
import { dataFiles, writeJson } from "./files.ts";
import { ensureHaproxy, type Haproxy } from "./install/haproxy.ts";
import { ensureMinio, openMinio } from "./install/minio.ts";
import { ensurePostgres, openPostgres } from "./install/postgres.ts";
import { ensureRedis, openRedis } from "./install/redis.ts";
import { assignStorePort } from "./ports.ts";
import { say, seconds } from "./progress.ts";
import { waitReady } from "./readiness.ts";
import type { Remembered, Settings } from "./settings.ts";
import { desiredProcesses, ensureSupervisor, runningProcesses, want } from "./supervisor/control.ts";
import type { ProcessSpecification } from "./supervisor/specification.ts";

const ANSWER_TIMEOUT_MS = 120_000;
const LEAVE_TIMEOUT_MS = 30_000;
/** A wait worth a line. */
const NOTABLE_MS = 100;

export interface Stores {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** What the registry is told of where layers are kept. */
  readonly blobEnv: Readonly<Record<string, string>>;
  readonly haproxyEnv: Haproxy["env"];
  /** Those that are ours to run. */
  readonly specifications: readonly ProcessSpecification[];
}

export interface StoreContext {
  readonly remembered: Remembered | null;
  readonly mode: Remembered["processes"];
  /** MinIO was asked for. */
  readonly minio: boolean;
  /** The services of this mode. */
  readonly services: readonly string[];
  readonly supervisor: string;
}

/** All run, answer and are remembered before anything that needs them starts. */
export async function bringUpStores(settings: Settings, context: StoreContext): Promise<Stores> {
  const { dataDir } = settings;
  const { remembered } = context;
  const blobs = chooseBlobPlace(settings, { minio: context.minio, before: remembered?.blobs ?? null });
  requireSameBlobPlace(settings, remembered, blobs);
  const { postgresPort, redisPort, minioPort } = await storePorts(settings, remembered);
  const postgres = await ensurePostgres(settings, postgresPort);
  const redis = await ensureRedis(settings, redisPort);
  const minio = blobs.kind === "minio" ? await ensureMinio(settings, minioPort) : null;
  const haproxy = await ensureHaproxy(settings);
  const ports = { postgresPort, redisPort, minioPort };
  const memory: Remembered = { settings, processes: context.mode, ...ports, blobs };
  writeJson(dataFiles(dataDir).settings, memory);
  const specifications = [postgres, redis, minio].flatMap((store) => store?.specification ?? []);
  // What runs in the other mode goes first: both would want the same ports.
  const names = new Set([...context.services, ...specifications.map((s) => s.name)]);
  const kept = desiredProcesses(dataDir).filter((p) => p.tier > 0 && (p.tier === 2 || names.has(p.name)));
  const all = [...specifications, ...(haproxy.specification ? [haproxy.specification] : [])];
  want(dataDir, [...all, ...kept], context.supervisor);
  const began = performance.now();
  const keepAlive = () => ensureSupervisor(dataDir, context.supervisor);
  await waitReady(dataDir, specifications, { timeoutMs: ANSWER_TIMEOUT_MS, keepAlive });
  await Promise.all([
    openPostgres(postgres.url, ANSWER_TIMEOUT_MS),
    openRedis(redis.url, ANSWER_TIMEOUT_MS),
    minio && openMinio(minio.url, ANSWER_TIMEOUT_MS),
  ]);
  await untilLeft(dataDir, names);
  const waited = performance.now() - began;
  if (waited > NOTABLE_MS) say(`→ The stores answer (${seconds(waited)})`);
  const blobEnv = blobEnvironment(blobs, minio);
  return {
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    blobEnv,
    haproxyEnv: haproxy.env,
    specifications: all,
  };
}

async function storePorts(settings: Settings, remembered: Remembered | null) {
  const postgresPort = await assignStorePort(settings, "postgres", {
    remembered: remembered?.postgresPort ?? null,
    usual: settings.postgresPort,
    avoid: [],
  });
  const redisPort = await assignStorePort(settings, "redis", {
    remembered: remembered?.redisPort ?? null,
    usual: settings.redisPort,
    avoid: [postgresPort],
  });
  const minioPort = await assignStorePort(settings, "minio", {
    remembered: remembered?.minioPort ?? null,
    usual: settings.minioPort,
    avoid: [postgresPort, redisPort],
  });
  return { postgresPort, redisPort, minioPort };
}

async function untilLeft(dataDir: string, names: ReadonlySet<string>): Promise<void> {
  const leaving = () =>
    [...runningProcesses(dataDir).values()].some((p) => p.tier === 1 && !names.has(p.name));
  const deadline = Date.now() + LEAVE_TIMEOUT_MS;
  while (leaving() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
}
