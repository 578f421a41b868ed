/** Brings the whole stack up and waits until it is ready; `up`, `demo` and `test` call this. Safe to repeat. */
import { migrate } from "@roadstead/db/migrate";
import { ensureAgent, ensureDefaultClusters, ensureFirstAccount } from "./bootstrap.ts";
import { type BundleName, ensureBundles } from "./bundles.ts";
import { withDb } from "./database.ts";
import { dataFiles, makeDataDirectories, writeJson } from "./files.ts";
import { ensureDocker } from "./install/docker.ts";
import { ensurePostgres, openPostgres, type Store } from "./install/postgres.ts";
import { ensureRedis, openRedis } from "./install/redis.ts";
import { ensureSecret } from "./install/secrets.ts";
import { withLock } from "./lock.ts";
import { assignOpsPorts, assignStorePort, requirePublicPorts } from "./ports.ts";
import { say, seconds } from "./progress.ts";
import { waitReady } from "./readiness.ts";
import { agentProcess, PACKED, SPLIT, type Stack, serviceProcess } from "./service-processes.ts";
import type { Remembered, Settings } from "./settings.ts";
import {
  type AgentRecord,
  agentRecords,
  type Credentials,
  FIRST_ACCOUNT_ID,
  saveAgentRecords,
} from "./stack.ts";
import { desiredProcesses, ensureSupervisor, runningProcesses, want } from "./supervisor/control.ts";
import type { ProcessSpecification } from "./supervisor/specification.ts";

const READY_TIMEOUT_MS = 30_000;
const STORE_TIMEOUT_MS = 30_000;
const LOCAL_AGENT = "agent";

export interface BroughtUp {
  readonly processes: readonly ProcessSpecification[];
  readonly credentials: Credentials;
}

export type ProcessMode = Remembered["processes"];

export function bringUp(
  settings: Settings,
  remembered: Remembered | null,
  mode: ProcessMode,
): Promise<BroughtUp> {
  makeDataDirectories(settings.dataDir);
  return withLock(dataFiles(settings.dataDir).lock, () => bringUpLocked(settings, remembered, mode));
}

async function bringUpLocked(
  settings: Settings,
  remembered: Remembered | null,
  mode: ProcessMode,
): Promise<BroughtUp> {
  const { dataDir } = settings;
  const files = dataFiles(dataDir);
  const services = mode === "split" ? SPLIT : PACKED;
  await requirePublicPorts(settings);
  const bundleFolder = await ensureBundles(dataDir, ["supervisor", ...services, "agent"]);
  await ensureDocker(settings);
  const stores = await startStores(settings, {
    remembered,
    mode,
    services,
    bundleFolder,
  });
  const stack = makeStack(settings, {
    bundleFolder,
    postgres: stores.postgres,
    redis: stores.redis,
  });
  await migrate(stack.databaseUrl);
  const opsPorts = await assignOpsPorts(settings, [
    ...services,
    LOCAL_AGENT,
    ...agentRecords(dataDir).map((a) => a.name),
  ]);
  const { credentials, agents, firstTime } = await ensureIdentities(settings, stack.databaseUrl, opsPorts);
  const placed = (name: string) => ({
    opsPort: opsPorts.get(name) ?? 0,
    logFile: files.log(name),
  });
  const control = [
    ...stores.specifications,
    ...services.map((name) => serviceProcess(stack, name, placed(name))),
  ];
  const processes = [
    ...control,
    ...agents.map((a) =>
      agentProcess(stack, a, {
        ...placed(a.name),
        dataDir: files.agentData(a.name),
      }),
    ),
  ];
  const supervisor = `${bundleFolder}/supervisor.mjs`;
  const wait = (waited: readonly ProcessSpecification[]) =>
    waitReady(dataDir, waited, {
      timeoutMs: READY_TIMEOUT_MS,
      keepAlive: () => ensureSupervisor(dataDir, supervisor),
    });
  say(
    `→ Starting ${processes
      .slice(stores.specifications.length)
      .map((p) => p.name)
      .join(", ")}`,
  );
  // The very first agent would find no cluster to join; later ones need not wait for the API.
  if (firstTime) {
    want(dataDir, control, supervisor);
    await wait(control);
    await ensureDefaultClusters(settings, credentials);
  }
  want(dataDir, processes, supervisor);
  await wait(processes);
  if (!firstTime) await ensureDefaultClusters(settings, credentials);
  return { processes, credentials };
}

/** The private servers run, answer and are remembered before anything that needs them starts. */
export async function startStores(
  settings: Settings,
  context: {
    readonly remembered: Remembered | null;
    readonly mode: ProcessMode;
    readonly services: readonly BundleName[];
    readonly bundleFolder: string;
  },
) {
  const { dataDir } = settings;
  const { remembered } = context;
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
  const postgres = await ensurePostgres(settings, postgresPort);
  const redis = await ensureRedis(settings, redisPort);
  const memory: Remembered = {
    settings,
    processes: context.mode,
    postgresPort,
    redisPort,
  };
  writeJson(dataFiles(dataDir).settings, memory);
  const specifications = [postgres, redis].flatMap((store) => store.specification ?? []);
  // What runs in the other mode goes first: both would want the same ports.
  const names = new Set<string>([...context.services, ...specifications.map((s) => s.name)]);
  const kept = desiredProcesses(dataDir).filter((p) => p.tier > 0 && (p.tier === 2 || names.has(p.name)));
  want(dataDir, [...specifications, ...kept], `${context.bundleFolder}/supervisor.mjs`);
  const began = performance.now();
  await Promise.all([openPostgres(postgres.url, STORE_TIMEOUT_MS), openRedis(redis.url, STORE_TIMEOUT_MS)]);
  await modeChanged(dataDir, names);
  const waited = performance.now() - began;
  if (waited > 100) say(`→ PostgreSQL and Redis answer (${seconds(waited)})`);
  return { postgres, redis, specifications };
}

async function modeChanged(dataDir: string, names: ReadonlySet<string>): Promise<void> {
  const leaving = () =>
    [...runningProcesses(dataDir).values()].some((p) => p.tier === 1 && !names.has(p.name));
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (leaving() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
}

export function makeStack(
  settings: Settings,
  parts: {
    readonly bundleFolder: string;
    readonly postgres: Store;
    readonly redis: Store;
  },
): Stack {
  const files = dataFiles(settings.dataDir);
  ensureSecret(files.masterKey, 32);
  return {
    settings,
    node: process.execPath,
    bundleFolder: parts.bundleFolder,
    databaseUrl: parts.postgres.url,
    redisUrl: parts.redis.url,
    masterKeyFile: files.masterKey,
    compileCache: `${files.bundles}/.compile-cache`,
    path: process.env.PATH,
  };
}

async function ensureIdentities(settings: Settings, url: string, opsPorts: ReadonlyMap<string, number>) {
  const known = agentRecords(settings.dataDir);
  return withDb(url, async (db) => {
    const credentials = await ensureFirstAccount(settings, db);
    const own = known.find((a) => a.name === LOCAL_AGENT) ?? null;
    const local = await ensureAgent(settings, db, {
      name: LOCAL_AGENT,
      accountId: FIRST_ACCOUNT_ID,
      cpu: null,
      memoryMiB: null,
      opsPort: opsPorts.get(LOCAL_AGENT) ?? 0,
      known: own,
    });
    const others = known.filter((a) => a.name !== LOCAL_AGENT);
    const agents: readonly AgentRecord[] = [
      local,
      ...others.map((a) => ({
        ...a,
        opsPort: opsPorts.get(a.name) ?? a.opsPort,
      })),
    ];
    saveAgentRecords(settings.dataDir, agents);
    return {
      credentials,
      agents,
      firstTime: local.accessKeyId !== own?.accessKeyId,
    };
  });
}
