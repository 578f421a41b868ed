/** Adds and removes agents of this machine for other accounts, under the stack's lock; `account` commands call this. */
import { ensureAgent } from "./bootstrap.ts";
import { ensureBundles } from "./bundles.ts";
import { withDb } from "./database.ts";
import { Failure } from "./failure.ts";
import { dataFiles } from "./files.ts";
import { withLock } from "./lock.ts";
import { assignOpsPorts } from "./ports.ts";
import { waitReady } from "./readiness.ts";
import { revokeAndSettle } from "./revoke-agent.ts";
import { agentProcess, hostOf } from "./service-processes.ts";
import type { Settings } from "./settings.ts";
import { agentRecords, saveAgentRecords } from "./stack.ts";
import { desiredProcesses, ensureSupervisor, runningProcesses, want } from "./supervisor/control.ts";

/** For a small machine that is busy; what keeps ending is given up before. */
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 40_000;

const agentName = (accountId: string): string => `agent-${accountId}`;

export interface AgentSize {
  readonly cpu: number | null;
  readonly memoryMiB: number | null;
}

/** Returns when the agent is registered and connected. */
export async function addAgent(
  settings: Settings,
  url: string,
  wanted: AgentSize & { readonly accountId: string },
): Promise<void> {
  const { dataDir } = settings;
  const { specification, supervisor } = await withLock(dataFiles(dataDir).lock, () =>
    enrol(settings, url, wanted),
  );
  const keepAlive = () => ensureSupervisor(dataDir, supervisor);
  await waitReady(dataDir, [specification], { timeoutMs: READY_TIMEOUT_MS, keepAlive });
}

async function enrol(settings: Settings, url: string, wanted: AgentSize & { readonly accountId: string }) {
  const { dataDir } = settings;
  const files = dataFiles(dataDir);
  const name = agentName(wanted.accountId);
  const ports = await assignOpsPorts(settings, [name]);
  const agent = await withDb(url, (db) =>
    ensureAgent(settings, db, { ...wanted, name, opsPort: ports.get(name) ?? 0, known: null }),
  );
  saveAgentRecords(dataDir, [...agentRecords(dataDir).filter((other) => other.name !== name), agent]);
  const bundleFolder = await ensureBundles(dataDir, ["supervisor", "agent"]);
  const specification = agentProcess(hostOf(settings, bundleFolder), agent, {
    opsPort: agent.opsPort,
    logFile: files.log(name),
    dataDir: files.agentData(name),
  });
  const supervisor = `${bundleFolder}/supervisor.mjs`;
  want(dataDir, [...desiredProcesses(dataDir).filter((p) => p.name !== name), specification], supervisor);
  return { specification, supervisor };
}

/** Returns when its process has ended and its key is refused. Its containers stay as they are, and `down` still knows them. */
export async function removeAgent(settings: Settings, url: string, accountId: string): Promise<void> {
  const { dataDir } = settings;
  const name = agentName(accountId);
  const removed = await withLock(dataFiles(dataDir).lock, async () => {
    const agents = agentRecords(dataDir);
    const record = agents.find((agent) => agent.name === name);
    if (!record) throw new Failure(`account ${accountId} has no agent here`, "./roadstead status");
    saveAgentRecords(
      dataDir,
      agents.filter((agent) => agent.name !== name),
    );
    const supervisor = `${await ensureBundles(dataDir, ["supervisor"])}/supervisor.mjs`;
    want(
      dataDir,
      desiredProcesses(dataDir).filter((process) => process.name !== name),
      supervisor,
    );
    return record;
  });
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (runningProcesses(dataDir).has(name)) {
    if (Date.now() > deadline) throw new Failure(`${name} does not stop`, `./roadstead logs ${name}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await revokeAndSettle(url, removed.accessKeyId);
}
