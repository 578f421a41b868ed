/** Brings a private stack up with the launcher, talks to it and takes it down again; tests and fault injection share it. */
import { type ChildProcess, execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const LAUNCHER = join(import.meta.dirname, "..", "..", "roadstead");
const COMMAND_TIMEOUT_MS = 240_000;
const OUTPUT_MAX_BYTES = 16 * 1024 * 1024;

export interface ProcessStatus {
  readonly name: string;
  readonly pid: number | null;
  readonly ready: boolean;
  readonly detail: string;
  readonly restarts: number;
  readonly rssBytes: number;
}

export interface StackStatus {
  readonly ready: boolean;
  readonly processes: readonly ProcessStatus[];
  readonly endpoints: { readonly api: string; readonly agentGateway: string };
  readonly lag: {
    readonly overdueBells: number;
    readonly oldestMs: number;
    readonly deadLetters: number;
  } | null;
}

export interface Stack {
  readonly dataDir: string;
  /** Runs `./roadstead …` on this stack and returns what it printed; throws when it fails. */
  roadstead(...args: readonly string[]): Promise<string>;
  status(): Promise<StackStatus>;
}

/** The stack whose data folder this is. */
export function openStack(dataDir: string): Stack {
  const roadstead = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await launch(dataDir, args);
    if (code !== 0) throw new Error(`roadstead ${args.join(" ")} failed (${code}):\n${stdout}${stderr}`);
    return stdout;
  };
  return {
    dataDir,
    roadstead,
    async status() {
      // It exits with 1 while something is not ready, and reports all the same.
      const { stdout, stderr } = await launch(dataDir, ["status", "--json"]);
      if (!stdout.startsWith("{")) throw new Error(`roadstead status failed:\n${stdout}${stderr}`);
      return JSON.parse(stdout) as StackStatus;
    },
  };
}

/** Settings that make stopping, cleaning up and rolling out quick enough to be watched. */
const QUICK = {
  ROADSTEAD_HEALTHY_AFTER_MS: "500",
  ROADSTEAD_AGENT_PULL_BEHAVIOR: "prefer-cached",
  ROADSTEAD_AGENT_STOP_TIMEOUT_MS: "3000",
  ROADSTEAD_AGENT_CLEANUP_AFTER_MS: "20000",
};

/** Images are files unless `./roadstead test --minio`, or who runs the tests, says otherwise. */
const ON_MINIO = process.env.ROADSTEAD_E2E_STORE === "minio";

const startedHere = new Map<string, { readonly registry: string }>();
/** Data folders of stacks that the test file which asks has started; each has this module for itself. */
export const stacksOfThisFile = (): readonly string[] => [...startedHere.keys()];
/** As images are named there. Null for a stack that was started elsewhere. */
export const registryOf = (dataDir: string): string | null => startedHere.get(dataDir)?.registry ?? null;

/** A stack in a new temporary folder, on ports that nobody uses. */
export async function startStack(
  options: { readonly processes?: "packed" | "split"; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), "roadstead-e2e-"));
  // The database runs as another user, who must get there.
  await chmod(dataDir, 0o755);
  const base = await freePorts();
  const settings = {
    ROADSTEAD_API_PORT: String(base),
    ROADSTEAD_REGISTRY_PORT: String(base + 1),
    ROADSTEAD_GATEWAY_PORT: String(base + 2),
    ROADSTEAD_POSTGRES_PORT: String(base + 3),
    ROADSTEAD_REDIS_PORT: String(base + 4),
    ROADSTEAD_MINIO_PORT: String(base + 39),
    ROADSTEAD_OPS_PORT_BASE: String(base + 5),
    ROADSTEAD_TLS_API_PORT: String(base + 36),
    ROADSTEAD_TLS_REGISTRY_PORT: String(base + 37),
    ROADSTEAD_TLS_GATEWAY_PORT: String(base + 38),
    ...(process.env.ROADSTEAD_MINIO_BIN ? { ROADSTEAD_MINIO_BIN: process.env.ROADSTEAD_MINIO_BIN } : {}),
    ...QUICK,
    ...options.env,
  };
  const { code, stdout, stderr } = await launch(
    dataDir,
    ["up", `--processes=${options.processes ?? "split"}`, ...(ON_MINIO ? ["--minio"] : [])],
    settings,
  );
  const stack = openStack(dataDir);
  if (code === 0) {
    startedHere.set(dataDir, { registry: `127.0.0.1:${base + 1}` });
    return stack;
  }
  const logs = await stackLogs(stack);
  await destroyStack(stack).catch(() => undefined);
  throw new Error(`roadstead up failed (${code}):\n${stdout}${stderr}\n${logs}`);
}

export async function destroyStack(stack: Stack): Promise<void> {
  await stack.roadstead("down", "--purge");
  // The launcher's own tools may be the only thing left, since it runs from them.
  await rm(stack.dataDir, { recursive: true, force: true });
}

/** What a file makes on its own stack before its tests; when that fails, no test's end would take the stack away. */
export async function preparedOn<T>(stack: Stack, prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (error) {
    await destroyStack(stack).catch(() => undefined);
    throw error;
  }
}

const LOG_LINES = 60;

/** The newest lines of every process. */
export async function stackLogs({ dataDir }: Stack): Promise<string> {
  const folder = join(dataDir, "logs");
  if (!existsSync(folder)) return "(no logs)";
  const names = (await readdir(folder)).filter((name) => name.endsWith(".log"));
  return names
    .map(
      (name) =>
        `--- ${name}\n${readFileSync(join(folder, name), "utf8").split("\n").slice(-LOG_LINES).join("\n")}`,
    )
    .join("\n");
}

function launch(
  dataDir: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = execFile(
      LAUNCHER,
      [...args],
      {
        env: { ...cleanEnvironment(), ...settings, ROADSTEAD_DATA: dataDir },
        timeout: COMMAND_TIMEOUT_MS,
        maxBuffer: OUTPUT_MAX_BYTES,
      },
      (error, stdout, stderr) => {
        if (error && child.exitCode === null)
          return reject(new Error(`roadstead ${args.join(" ")}: ${error.message}`));
        resolve({ code: child.exitCode ?? 1, stdout, stderr });
      },
    );
  });
}

/** Whoever runs the tests may have a stack of their own in the environment; it must not leak into this one. */
function cleanEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(ROADSTEAD_|AWS_)/.test(name) || name === "ROADSTEAD_DOCKER_SOCKET",
  );
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  return { ...(Object.fromEntries(kept) as Record<string, string>), PATH: path };
}

/** What a stack is given, and one more, by which it is claimed. */
const PORTS_WANTED = 41;
/** Below the range that the kernel, and so the agents, pick ports from. */
const LOWEST_PORT = 12_000;
const RUNS = Math.floor((30_000 - LOWEST_PORT) / PORTS_WANTED);
const ATTEMPTS_MAX = 50;

/**
 * The first of a run of free ports. A stack opens some of them late: until this process ends, the last one is held, so that
 * no other that brings up a stack takes the same run.
 */
async function freePorts(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const base = LOWEST_PORT + PORTS_WANTED * Math.floor(Math.random() * RUNS);
    const claim = await listenAt(base + PORTS_WANTED - 1);
    if (!claim) continue;
    claim.unref();
    const ports = Array.from({ length: PORTS_WANTED - 1 }, (_, offset) => base + offset);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
    claim.close();
  }
  throw new Error("found no run of free ports");
}

async function isFree(port: number): Promise<boolean> {
  const probe = await listenAt(port);
  if (probe) await new Promise((resolve) => probe.close(resolve));
  return probe !== null;
}

/** Null where somebody else does. */
const listenAt = (port: number): Promise<Server | null> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
