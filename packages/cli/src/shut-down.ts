/** Stops the stack's processes in order, with or without its tasks; `down` and `test` call this. */
import { existsSync } from "node:fs";
import { ensureBundles } from "./bundles.ts";
import { dataFiles } from "./files.ts";
import { stopFleetAgents } from "./fleet-agents.ts";
import { HAPROXY_PROCESS, hasListeners } from "./install/haproxy.ts";
import { withLock } from "./lock.ts";
import type { Settings } from "./settings.ts";
import {
  desiredProcesses,
  ensureSupervisor,
  runningProcesses,
  supervisorIdentity,
  want,
} from "./supervisor/control.ts";

const STOP_TIMEOUT_MS = 60_000;

/** True when something ran. Load balancers that listen go on if `keepBalancers`. */
export async function stopProcesses(
  settings: Settings,
  { keepBalancers = false }: { readonly keepBalancers?: boolean } = {},
): Promise<boolean> {
  const { dataDir } = settings;
  if (!existsSync(dataFiles(dataDir).run)) return false;
  return withLock(dataFiles(dataDir).lock, async () => {
    const ran = runningProcesses(dataDir).size > 0;
    if (!ran && supervisorIdentity(dataDir) === null) {
      await stopFleetAgents(dataDir);
      return false;
    }
    const supervisor = `${await ensureBundles(dataDir, ["supervisor"])}/supervisor.mjs`;
    const kept = keepBalancers ? balancerProcesses(dataDir) : [];
    want(dataDir, kept, supervisor);
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    const leaving = () => [...runningProcesses(dataDir).keys()].filter((name) => name !== kept[0]?.name);
    while (leaving().length > 0 || (kept.length === 0 && supervisorIdentity(dataDir) !== null)) {
      if (Date.now() > deadline) throw new Error(`still running: ${leaving().join(", ")}`);
      if (supervisorIdentity(dataDir) === null) ensureSupervisor(dataDir, supervisor);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    await stopFleetAgents(dataDir);
    return ran;
  });
}

/** HAProxy, while there is a listener to serve. */
const balancerProcesses = (dataDir: string) =>
  hasListeners(dataDir) ? desiredProcesses(dataDir).filter(({ name }) => name === HAPROXY_PROCESS) : [];
