/** Finds or installs HAProxy, describes it to the supervisor, and makes the load balancers' addresses this machine's own; `up` calls this. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import {
  badGateway,
  emptyConfiguration,
  haproxyArguments,
  haproxyFiles,
} from "@roadstead/balancing/installation-files";
import { ADDRESS_POOL, ensureAddressPool } from "@roadstead/load-balancer/address-pool";
import { dataFiles } from "../files.ts";
import { say } from "../progress.ts";
import type { Settings } from "../settings.ts";
import type { ProcessSpecification } from "../supervisor/specification.ts";
import { findProgram } from "./find-program.ts";
import { canInstallPackages, installPackages } from "./system-packages.ts";

export const HAPROXY_PROCESS = "haproxy";

export interface Haproxy {
  /** Null where there is none: load balancers are rows then and answer nothing. */
  readonly specification: ProcessSpecification | null;
  readonly env: Readonly<Record<string, string>>;
}

export async function ensureHaproxy(settings: Settings): Promise<Haproxy> {
  const program = await haproxyProgram();
  if (program === null) {
    say("  HAProxy is missing: load balancers will not answer. Install haproxy and run ./roadstead up again");
    return { specification: null, env: {} };
  }
  const isRoot = process.getuid?.() === 0;
  const folder = dataFiles(settings.dataDir).haproxy;
  const files = haproxyFiles(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(files.badGateway, badGateway(), { mode: 0o600 });
  if (!existsSync(files.configuration))
    writeFileSync(files.configuration, emptyConfiguration(folder, isRoot), { mode: 0o600 });
  if (!ensureAddressPool())
    say(
      `  ${ADDRESS_POOL} is not local (only root can do that): load balancers answer at their loopback addresses`,
    );
  return {
    specification: haproxyProcess(settings, program),
    env: { ROADSTEAD_HAPROXY_DIR: folder, ROADSTEAD_HAPROXY_BIN: program },
  };
}

/** The last to stop with the stores: requests are answered while everything else comes and goes. */
function haproxyProcess(settings: Settings, program: string): ProcessSpecification {
  const files = dataFiles(settings.dataDir);
  return {
    name: HAPROXY_PROCESS,
    tier: 0,
    command: program,
    args: haproxyArguments(files.haproxy),
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" },
    cwd: files.haproxy,
    user: null,
    logFile: files.log("haproxy"),
    stopSignal: "SIGTERM",
    stopTimeoutMs: 5_000,
    opsHost: "127.0.0.1",
    opsPort: null,
  };
}

async function haproxyProgram(): Promise<string | null> {
  const installed = findProgram("haproxy");
  if (installed !== null || !canInstallPackages()) return installed;
  await installPackages("HAProxy", { "apt-get": ["haproxy"], dnf: ["haproxy"], apk: ["haproxy"] });
  return findProgram("haproxy");
}

/** Whether load balancers listen at all: then HAProxy outlives `down`, as tasks do. */
export function hasListeners(dataDir: string): boolean {
  try {
    return /^frontend /m.test(readFileSync(haproxyFiles(dataFiles(dataDir).haproxy).configuration, "utf8"));
  } catch {
    return false;
  }
}
