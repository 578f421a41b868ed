/** Hosts as processes of this machine: an agent each, in a session of its own that outlives whoever started it. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { FLEET_CLUSTER } from "@roadstead/model/fargate";
import type { Logger } from "@roadstead/service-kit/log";
import { identify, isAlive, type ProcessIdentity, signal } from "@roadstead/service-kit/process-identity";
import { trimLog } from "@roadstead/service-kit/trim-log";
import type { AgentProgram } from "./config.ts";
import type { HostPlan, HostProvider } from "./host-provider.ts";

const PREFIX = "fargate-";
const STATE = "process.json";
const STOP_TIMEOUT_MS = 27_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 30_000;
/** One that ran for so long did not fail to start. */
const SETTLED_MS = 60_000;
/** Nobody looks at such a host's containers. */
const CLEANUP_AFTER_MS = 60_000;

export interface LocalProviderOptions {
  readonly program: AgentProgram;
  readonly agentsDir: string;
  readonly logsDir: string;
  readonly log: Logger;
  readonly now?: () => number;
}

/** One that ended before it could be looked at, which is no reason to start it again at once. */
const GONE: ProcessIdentity = { pid: 0, startTicks: -1 };

interface HostProcess extends ProcessIdentity {
  readonly hash: string;
  readonly startedAt: number;
}

export function createLocalProvider(options: LocalProviderOptions): HostProvider {
  const { agentsDir, log, now = Date.now } = options;
  const failures = new Map<string, { count: number; at: number }>();
  const askedToEnd = new Map<string, number>();
  const folderOf = (id: string) => join(agentsDir, `${PREFIX}${id}`);
  const logFile = (id: string) => join(options.logsDir, `${PREFIX}${id}.log`);
  const stateOf = (id: string) => readState(join(folderOf(id), STATE));

  const mayStart = (id: string, ended: HostProcess | null): boolean => {
    if (!ended) return true;
    const known = failures.get(id);
    if (!known || known.at < ended.startedAt) {
      const settled = now() - ended.startedAt > SETTLED_MS;
      failures.set(id, { count: settled ? 0 : (known?.count ?? 0) + 1, at: now() });
    }
    const { count = 0, at = 0 } = failures.get(id) ?? {};
    const pauseMs = count === 0 ? 0 : Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (count - 1));
    return now() - at >= pauseMs;
  };

  return {
    present: () => listHosts(agentsDir),
    ensure(plan) {
      const known = stateOf(plan.id);
      const running = known !== null && isAlive(known);
      const hash = planHash(options.program, plan);
      trimLog(logFile(plan.id));
      if (running && known.hash === hash) return;
      if (running) {
        // A newer program: its containers go on, and the next pass starts it anew.
        signal(known, "SIGTERM");
        return;
      }
      if (!mayStart(plan.id, known)) return;
      const identity =
        unwritten(options.program, folderOf(plan.id)) ?? startAgent(options, plan, folderOf(plan.id));
      log.info({
        op: "host.start",
        hostId: plan.id,
        pid: identity.pid,
        cpu: plan.cpu,
        memoryMiB: plan.memoryMiB,
      });
      writeState(join(folderOf(plan.id), STATE), { ...identity, hash, startedAt: now() });
    },
    end(id) {
      const state = stateOf(id);
      if (!state || !isAlive(state)) {
        askedToEnd.delete(id);
        rmSync(join(folderOf(id), STATE), { force: true });
        for (const file of [logFile(id), `${logFile(id)}.1`]) rmSync(file, { force: true });
        return true;
      }
      const asked = askedToEnd.get(id);
      askedToEnd.set(id, asked ?? now());
      if (asked === undefined) signal(state, "SIGTERM");
      else if (now() - asked > STOP_TIMEOUT_MS) signal(state, "SIGKILL");
      return false;
    },
  };
}

/** Another program, key or size is another process. */
const planHash = (program: AgentProgram, plan: HostPlan): string =>
  createHash("sha256")
    .update(JSON.stringify([program, plan]))
    .digest("hex")
    .slice(0, 16);

/** What a provisioner started that was killed before it could write that down. Programs that an agent runs are no agents. */
function unwritten({ command, args }: AgentProgram, folder: string): ProcessIdentity | null {
  const wanted = `${[command, ...args].join("\0")}\0`;
  const found = readdirSync("/proc").find((pid) => {
    try {
      return (
        readlinkSync(`/proc/${pid}/cwd`) === folder && readFileSync(`/proc/${pid}/cmdline`, "utf8") === wanted
      );
    } catch {
      return false;
    }
  });
  return found === undefined ? null : identify(Number(found));
}

function startAgent(
  { program, logsDir, log }: LocalProviderOptions,
  plan: HostPlan,
  folder: string,
): ProcessIdentity {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(logsDir, { recursive: true, mode: 0o700 });
  const output = openSync(join(logsDir, `${PREFIX}${plan.id}.log`), "a", 0o600);
  try {
    const child = spawn(program.command, program.args, {
      cwd: folder,
      env: {
        ROADSTEAD_AGENT_CLEANUP_AFTER_MS: String(CLEANUP_AFTER_MS),
        ...program.env,
        ROADSTEAD_AGENT_DATA_DIR: folder,
        ROADSTEAD_AGENT_CPU: String(plan.cpu),
        ROADSTEAD_AGENT_MEMORY_MIB: String(plan.memoryMiB),
        ROADSTEAD_CLUSTER: FLEET_CLUSTER,
        AWS_REGION: plan.identity.region,
        AWS_ACCESS_KEY_ID: plan.identity.accessKeyId,
        AWS_SECRET_ACCESS_KEY: plan.identity.secretAccessKey,
      },
      detached: true,
      stdio: ["ignore", output, output],
    });
    child.on("error", (error) => log.warn({ op: "host.start", hostId: plan.id, err: error }, "not started"));
    child.unref();
    return (child.pid === undefined ? null : identify(child.pid)) ?? GONE;
  } finally {
    closeSync(output);
  }
}

/** Null when it never started, or was half written. */
function readState(path: string): HostProcess | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as HostProcess;
  } catch {
    return null;
  }
}

function writeState(path: string, state: HostProcess): void {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, JSON.stringify(state), { mode: 0o600 });
  renameSync(temporary, path);
}

/** A folder stays when its host has gone: by it `down --purge` tells whose containers are left. */
function listHosts(agentsDir: string): readonly string[] {
  try {
    return readdirSync(agentsDir)
      .filter((name) => name.startsWith(PREFIX) && existsSync(join(agentsDir, name, STATE)))
      .map((name) => name.slice(PREFIX.length));
  } catch {
    return [];
  }
}
