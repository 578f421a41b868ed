/** Starts the private PostgreSQL and Redis and waits until they answer; bring-up.ts calls this first. */
import { dataFiles, writeJson } from "./files.ts";
import { ensurePostgres, openPostgres } from "./install/postgres.ts";
import { ensureRedis, openRedis } from "./install/redis.ts";
import { assignStorePort } from "./ports.ts";
import { say, seconds } from "./progress.ts";
import { waitReady } from "./readiness.ts";
import type { Remembered, Settings } from "./settings.ts";
import { desiredProcesses, ensureSupervisor, runningProcesses, want } from "./supervisor/control.ts";
import type { ProcessSpecification } from "./supervisor/specification.ts";

const ANSWER_TIMEOUT_MS = 30_000;
const LEAVE_TIMEOUT_MS = 30_000;
/** A wait worth a line. */
const NOTABLE_MS = 100;

export interface Stores {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** Those that are ours to run. */
  readonly specifications: readonly ProcessSpecification[];
}

export interface StoreContext {
  readonly remembered: Remembered | null;
  readonly mode: Remembered["processes"];
  /** The services of this mode. */
  readonly services: readonly string[];
  readonly supervisor: string;
}

/** Both run, answer and are remembered before anything that needs them starts. */
export async function bringUpStores(settings: Settings, context: StoreContext): Promise<Stores> {
  const { dataDir } = settings;
  const { postgresPort, redisPort } = await storePorts(settings, context.remembered);
  const postgres = await ensurePostgres(settings, postgresPort);
  const redis = await ensureRedis(settings, redisPort);
  const memory: Remembered = { settings, processes: context.mode, postgresPort, redisPort };
  writeJson(dataFiles(dataDir).settings, memory);
  const specifications = [postgres, redis].flatMap((store) => store.specification ?? []);
  // What runs in the other mode goes first: both would want the same ports.
  const names = new Set([...context.services, ...specifications.map((s) => s.name)]);
  const kept = desiredProcesses(dataDir).filter((p) => p.tier > 0 && (p.tier === 2 || names.has(p.name)));
  want(dataDir, [...specifications, ...kept], context.supervisor);
  const began = performance.now();
  const keepAlive = () => ensureSupervisor(dataDir, context.supervisor);
  await waitReady(dataDir, specifications, { timeoutMs: ANSWER_TIMEOUT_MS, keepAlive });
  await Promise.all([openPostgres(postgres.url, ANSWER_TIMEOUT_MS), openRedis(redis.url, ANSWER_TIMEOUT_MS)]);
  await untilLeft(dataDir, names);
  const waited = performance.now() - began;
  if (waited > NOTABLE_MS) say(`→ PostgreSQL and Redis answer (${seconds(waited)})`);
  return { postgresUrl: postgres.url, redisUrl: redis.url, specifications };
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
  return { postgresPort, redisPort };
}

async function untilLeft(dataDir: string, names: ReadonlySet<string>): Promise<void> {
  const leaving = () =>
    [...runningProcesses(dataDir).values()].some((p) => p.tier === 1 && !names.has(p.name));
  const deadline = Date.now() + LEAVE_TIMEOUT_MS;
  while (leaving() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
}
