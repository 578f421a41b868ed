/** Stops the stack's processes in order, with or without its tasks; `down` and `test` call this. */
import { existsSync } from "node:fs";
import { ensureBundles } from "./bundles.ts";
import { dataFiles } from "./files.ts";
import { withLock } from "./lock.ts";
import type { Settings } from "./settings.ts";
import { ensureSupervisor, runningProcesses, supervisorIdentity, want } from "./supervisor/control.ts";

const STOP_TIMEOUT_MS = 60_000;

/** True when something ran. */
export async function stopProcesses(settings: Settings): Promise<boolean> {
  const { dataDir } = settings;
  if (!existsSync(dataFiles(dataDir).run)) return false;
  return withLock(dataFiles(dataDir).lock, async () => {
    const ran = runningProcesses(dataDir).size > 0;
    if (!ran && supervisorIdentity(dataDir) === null) return false;
    const supervisor = `${await ensureBundles(dataDir, ["supervisor"])}/supervisor.mjs`;
    want(dataDir, [], supervisor);
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (runningProcesses(dataDir).size > 0 || supervisorIdentity(dataDir) !== null) {
      if (Date.now() > deadline)
        throw new Error(`still running: ${[...runningProcesses(dataDir).keys()].join(", ")}`);
      if (supervisorIdentity(dataDir) === null) ensureSupervisor(dataDir, supervisor);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    return ran;
  });
}
