/** Brings the whole stack up and waits until it is ready; `up`, `demo` and `test` call this. Safe to repeat. */
import { FIRST_ACCOUNT_ID } from "@roadstead/db/accounts";
import { migrate } from "@roadstead/db/migrate";
import { ensureAgent, ensureDefaultClusters, ensureFirstAccount } from "./bootstrap.ts";
import { bringUpStores, type Stores } from "./bring-up-stores.ts";
import { ensureBundles } from "./bundles.ts";
import { withDb } from "./database.ts";
import { dataFiles, makeDataDirectories } from "./files.ts";
import { ensureDocker } from "./install/docker.ts";
import { HAPROXY_PROCESS } from "./install/haproxy.ts";
import { ensureSecret } from "./install/secrets.ts";
import { withLock } from "./lock.ts";
import { assignOpsPorts, requirePublicPorts } from "./ports.ts";
import { say } from "./progress.ts";
import { waitReady } from "./readiness.ts";
import { agentProcess, hostOf, PACKED, SPLIT, type Stack, serviceProcess } from "./service-processes.ts";
import type { Remembered, Settings } from "./settings.ts";
import { type AgentRecord, agentRecords, type Credentials, saveAgentRecords } from "./stack.ts";
import { ensureSupervisor, want } from "./supervisor/control.ts";
import type { ProcessSpecification } from "./supervisor/specification.ts";

/** For a small machine that is busy; what keeps ending is given up before. */
const READY_TIMEOUT_MS = 120_000;
const LOCAL_AGENT = "agent";

export type ProcessMode = Remembered["processes"];

export interface BringUpOptions {
  readonly mode: ProcessMode;
  /** Keep layers in MinIO; a choice that is remembered. */
  readonly minio: boolean;
}

/** Returns the first account's credentials once every process answers that it is ready. */
export function bringUp(
  settings: Settings,
  remembered: Remembered | null,
  options: BringUpOptions,
): Promise<Credentials> {
  makeDataDirectories(settings.dataDir);
  return withLock(dataFiles(settings.dataDir).lock, () => bringUpLocked(settings, remembered, options));
}

async function bringUpLocked(
  settings: Settings,
  remembered: Remembered | null,
  { mode, minio }: BringUpOptions,
): Promise<Credentials> {
  const { dataDir } = settings;
  const services = mode === "split" ? SPLIT : PACKED;
  await requirePublicPorts(settings);
  const bundleFolder = await ensureBundles(dataDir, ["supervisor", ...services, "agent", "machine"]);
  const supervisor = `${bundleFolder}/supervisor.mjs`;
  await ensureDocker(settings);
  const stores = await bringUpStores(settings, { remembered, mode, minio, services, supervisor });
  await migrate(stores.postgresUrl);
  const names = [...services, LOCAL_AGENT, ...agentRecords(dataDir).map((agent) => agent.name)];
  const opsPorts = await assignOpsPorts(settings, names);
  const identities = await ensureIdentities(settings, stores.postgresUrl, opsPorts);
  const placed = (name: string) => ({
    opsPort: opsPorts.get(name) ?? 0,
    logFile: dataFiles(dataDir).log(name),
  });
  const stack = makeStack(settings, { bundleFolder, stores });
  const control = [
    ...stores.specifications,
    ...services.map((name) => serviceProcess(stack, name, placed(name))),
  ];
  const agents = identities.agents.map((agent) =>
    agentProcess(stack, agent, { ...placed(agent.name), dataDir: dataFiles(dataDir).agentData(agent.name) }),
  );
  say(`→ Starting ${[...control, ...agents].flatMap((p) => (p.tier > 0 ? p.name : [])).join(", ")}`);
  const { credentials, firstTime } = identities;
  await startInOrder(settings, { control, agents, supervisor, credentials, firstTime });
  return credentials;
}

/** The very first agent would find no cluster to join; later ones need not wait for the API. */
async function startInOrder(
  settings: Settings,
  plan: {
    readonly control: readonly ProcessSpecification[];
    readonly agents: readonly ProcessSpecification[];
    readonly supervisor: string;
    readonly credentials: Credentials;
    readonly firstTime: boolean;
  },
): Promise<void> {
  const { dataDir } = settings;
  const startAndWait = async (processes: readonly ProcessSpecification[]) => {
    want(dataDir, processes, plan.supervisor);
    const keepAlive = () => ensureSupervisor(dataDir, plan.supervisor);
    // A port that somebody took keeps HAProxy down until its configuration is written anew, by a process started here.
    const awaited = processes.filter(({ name }) => name !== HAPROXY_PROCESS);
    await waitReady(dataDir, awaited, { timeoutMs: READY_TIMEOUT_MS, keepAlive });
  };
  if (plan.firstTime) {
    await startAndWait(plan.control);
    await ensureDefaultClusters(settings, plan.credentials);
  }
  await startAndWait([...plan.control, ...plan.agents]);
  if (!plan.firstTime) await ensureDefaultClusters(settings, plan.credentials);
}

function makeStack(
  settings: Settings,
  parts: { readonly bundleFolder: string; readonly stores: Stores },
): Stack {
  return {
    ...hostOf(settings, parts.bundleFolder),
    databaseUrl: parts.stores.postgresUrl,
    redisUrl: parts.stores.redisUrl,
    masterKeyFile: dataFiles(settings.dataDir).masterKey,
    blobEnv: parts.stores.blobEnv,
    haproxyEnv: parts.stores.haproxyEnv,
  };
}

/** The first account and the agents of this machine, in files and in the database. */
async function ensureIdentities(settings: Settings, url: string, opsPorts: ReadonlyMap<string, number>) {
  ensureSecret(dataFiles(settings.dataDir).masterKey, 32);
  const known = agentRecords(settings.dataDir);
  const own = known.find((agent) => agent.name === LOCAL_AGENT) ?? null;
  const others = known.filter((agent) => agent.name !== LOCAL_AGENT);
  const opsPort = (name: string) => opsPorts.get(name) ?? 0;
  return withDb(url, async (db) => {
    const credentials = await ensureFirstAccount(settings, db);
    const local = await ensureAgent(settings, db, {
      name: LOCAL_AGENT,
      accountId: FIRST_ACCOUNT_ID,
      cpu: null,
      memoryMiB: null,
      opsPort: opsPort(LOCAL_AGENT),
      known: own,
    });
    const agents: readonly AgentRecord[] = [
      local,
      ...others.map((agent) => ({ ...agent, opsPort: opsPort(agent.name) })),
    ];
    saveAgentRecords(settings.dataDir, agents);
    return { credentials, agents, firstTime: local.accessKeyId !== own?.accessKeyId };
  });
}
