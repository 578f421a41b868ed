/** Removes everything we made, and nothing else; `down --purge` calls this after all processes ended. */
import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeAddressPool } from "@roadstead/load-balancer/address-pool";
import { isAlive, type ProcessIdentity, signal } from "@roadstead/service-kit/process-identity";
import { Failure } from "./failure.ts";
import { dataFiles, readJson } from "./files.ts";
import { say } from "./progress.ts";
import type { Settings } from "./settings.ts";
import { runningProcesses } from "./supervisor/control.ts";

const ENGINE_STOP_MS = 30_000;
/** What the launcher and its processes put into the data folder. Anything else there is somebody's. */
const OURS = [
  "settings.json",
  "credentials.json",
  "master-key",
  "agents.json",
  "secrets",
  "run",
  "logs",
  "bundles",
  "tools",
  "postgres",
  "redis",
  "minio",
  "haproxy",
  "blobs",
  "agents",
  "demo",
];

export async function purge(settings: Settings): Promise<void> {
  const { dataDir } = settings;
  if (!existsSync(dataDir)) return;
  if (!existsSync(dataFiles(dataDir).settings) && !existsSync(dataFiles(dataDir).run)) {
    throw new Failure(`${dataDir} does not look like a data folder of ours; nothing was removed`);
  }
  if (runningProcesses(dataDir).size > 0) throw new Failure("some processes still run", "./roadstead status");
  await stopEngine(dataDir);
  removeAddressPool();
  for (const name of OURS) rmSync(join(dataDir, name), { recursive: true, force: true });
  const rest = readdirSync(dataDir);
  if (rest.length === 0) rmdirSync(dataDir);
  say(rest.length === 0 ? `Removed ${dataDir}.` : `Left in ${dataDir}, not made by us: ${rest.join(", ")}`);
}

/** Only an engine that we started ourselves. */
async function stopEngine(dataDir: string): Promise<void> {
  const engine = readJson<ProcessIdentity>(dataFiles(dataDir).dockerd);
  if (!engine || !signal(engine, "SIGTERM")) return;
  say("→ Stopping Docker Engine, which `up` had started");
  const deadline = Date.now() + ENGINE_STOP_MS;
  while (isAlive(engine) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
}
