/** The launcher's side of the supervisor: starts it, tells it what is wanted, and looks at what runs. */
import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { identify, isAlive, type ProcessIdentity } from "@roadstead/service-kit/process-identity";
import { dataFiles, readJson, writeJson } from "../files.ts";
import type { DesiredProcesses, ProcessSpecification, ProcessState } from "./specification.ts";

/** The supervisor only watches: it needs next to no heap, and its share of memory counts. */
const SUPERVISOR_FLAGS = ["--max-semi-space-size=1", "--max-old-space-size=32", "--v8-pool-size=1"];

export const desiredProcesses = (dataDir: string): readonly ProcessSpecification[] =>
  readJson<DesiredProcesses>(dataFiles(dataDir).desired)?.processes ?? [];

/** Writes what is wanted, which the supervisor watches; it is started from `bundle` when none runs. */
export function want(
  dataDir: string,
  processes: readonly ProcessSpecification[],
  bundle: string,
  node = process.execPath,
): void {
  writeJson(dataFiles(dataDir).desired, { processes } satisfies DesiredProcesses);
  ensureSupervisor(dataDir, bundle, node);
}

/** Its identity is written at once, so that nobody starts a second one while the first still loads. */
export function ensureSupervisor(dataDir: string, bundle: string, node = process.execPath): void {
  if (supervisorIdentity(dataDir) !== null) return;
  const files = dataFiles(dataDir);
  const log = openSync(files.log("supervisor"), "a", 0o600);
  const child = spawn(node, [...SUPERVISOR_FLAGS, bundle, dataDir], {
    cwd: dataDir,
    detached: true,
    stdio: ["ignore", log, log],
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
  });
  child.unref();
  closeSync(log);
  if (child.pid !== undefined) writeJson(files.supervisor, identify(child.pid));
}

export const supervisorIdentity = (dataDir: string): ProcessIdentity | null => {
  const known = readJson<ProcessIdentity>(dataFiles(dataDir).supervisor);
  return known && isAlive(known) ? known : null;
};

/** The processes that run now, by name. */
export function runningProcesses(dataDir: string): ReadonlyMap<string, ProcessState> {
  const states = processStates(dataDir).filter(isAlive);
  return new Map(states.map((state) => [state.name, state]));
}

export function processStates(dataDir: string): readonly ProcessState[] {
  const { run } = dataFiles(dataDir);
  return listFolder(run).flatMap((file) => {
    if (!file.endsWith(".process.json")) return [];
    return readJson<ProcessState>(join(run, file)) ?? [];
  });
}

function listFolder(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
