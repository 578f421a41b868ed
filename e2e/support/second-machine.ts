/**
 * A second machine on this one: a network namespace with a cable to the first and a Docker Engine of its own that the rest
 * of the system cannot see, nor it theirs. Needs root, iproute2 and dockerd.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { engineCall } from "./engine.ts";

const run = promisify(execFile);
const READY_TIMEOUT_MS = 90_000;
const COMMAND_TIMEOUT_MS = 240_000;
const POLL_MS = 100;
const OUTPUT_MAX_CHARS = 8_000;
const SYSTEM_FOLDERS = ["/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const NEEDED = ["ip", "nsenter", "unshare", "dockerd", "curl"];

/** What a machine with Docker has, and no more: neither Node nor any package manager of it. */
const PROGRAMS = [
  ...["sh", "curl", "wget", "id", "pwd", "mkdir", "rm", "rmdir", "mv", "cat", "chmod", "uname", "dirname"],
  ...["sha256sum", "gzip", "gunzip", "tail", "ls", "find"],
];

export interface SecondMachine {
  /** The first machine as the second reaches it. */
  readonly firstAddress: string;
  /** A folder of the second machine alone. */
  readonly folder: string;
  /** Where its engine can be asked from outside. */
  readonly engineSocket: string;
  /** Runs a shell command line there. */
  run(
    command: string,
    env?: Readonly<Record<string, string>>,
  ): Promise<{ readonly code: number; readonly output: string }>;
  /** Stops its engine and takes everything of it away. */
  stop(): Promise<void>;
}

/** Why there can be none here; null when there can. */
export function whyNoSecondMachine(): string | null {
  if (process.getuid?.() !== 0) return "it needs root";
  const missing = NEEDED.filter((name) => findProgram(name) === null);
  if (missing.length > 0) return `${missing.join(", ")} not found`;
  const probe = spawnSync("unshare", ["--net", "--mount", "true"]);
  return probe.status === 0 ? null : "namespaces cannot be made here";
}

/** The cable first: the control plane listens on its near end before the machine joins. */
export async function startSecondMachine(): Promise<SecondMachine> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-machine-"));
  const name = `rs${folder.slice(-6).replace(/\W/g, "x")}`;
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    undo.push(() => run("ip", ["netns", "del", name]).catch(() => undefined));
    const addresses = await layCable(name);
    const engineSocket = join(folder, "docker.sock");
    const daemon = startDaemon(name, folder);
    undo.push(() => endDaemon(daemon.process));
    await untilAnswers(daemon, engineSocket);
    const path = await programsOnly(folder);
    return {
      firstAddress: addresses.near,
      folder,
      engineSocket,
      run: (command, env = {}) =>
        runIn(daemon.process.pid ?? 0, command, { PATH: path, HOME: folder, ...env }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Two addresses of a network of their own, out of those for tests between networks. */
async function layCable(name: string): Promise<{ readonly near: string }> {
  const [third, fourth] = [Math.floor(Math.random() * 256), 4 * Math.floor(Math.random() * 64)];
  const near = `198.19.${third}.${fourth + 1}`;
  const far = `198.19.${third}.${fourth + 2}`;
  const steps = [
    ["netns", "add", name],
    ["link", "add", `${name}h`, "type", "veth", "peer", "name", `${name}m`, "netns", name],
    ["addr", "add", `${near}/30`, "dev", `${name}h`],
    ["link", "set", `${name}h`, "up"],
    ["-n", name, "addr", "add", `${far}/30`, "dev", `${name}m`],
    ["-n", name, "link", "set", `${name}m`, "up"],
    ["-n", name, "link", "set", "lo", "up"],
  ];
  for (const step of steps) await run("ip", step);
  return { near };
}

interface Daemon {
  readonly process: ChildProcess;
  readonly output: () => string;
}

/** Its /run is its own: it sees no other engine's socket, and only this folder's shows it. */
function startDaemon(name: string, folder: string): Daemon {
  const options = [
    "--host=unix:///var/run/docker.sock",
    `--host=unix://${folder}/docker.sock`,
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/exec`,
    `--pidfile=${folder}/pid`,
    "--default-ulimit=nofile=4096:8192",
  ];
  const script = `mount -t tmpfs none /run && exec dockerd ${options.join(" ")}`;
  const daemon = spawn(
    "nsenter",
    [`--net=/var/run/netns/${name}`, "unshare", "--mount", "--propagation", "private", "sh", "-c", script],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_MAX_CHARS);
    });
  }
  return { process: daemon, output: () => output };
}

async function untilAnswers(daemon: Daemon, socketPath: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  const answers = () =>
    engineCall("GET", "/_ping", { socketPath }).then(
      () => true,
      () => false,
    );
  while (!(await answers())) {
    if (daemon.process.exitCode !== null || Date.now() > deadline) {
      throw new Error(`the second machine's engine did not start:\n${daemon.output()}`);
    }
    await delay(POLL_MS);
  }
}

async function endDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, "exit");
  daemon.kill("SIGTERM");
  await ended;
}

function runIn(
  pid: number,
  command: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly output: string }> {
  const nsenter = findProgram("nsenter") ?? "nsenter";
  return new Promise((resolve) => {
    const child = execFile(
      nsenter,
      [`--target=${pid}`, "--net", "--mount", "--", "/bin/sh", "-c", command],
      { env: { ...env }, timeout: COMMAND_TIMEOUT_MS },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? 1, output: stdout + stderr }),
    );
  });
}

async function programsOnly(folder: string): Promise<string> {
  const path = join(folder, "path");
  await mkdir(path);
  for (const name of PROGRAMS) {
    const found = findProgram(name);
    if (found) await symlink(found, join(path, name));
  }
  return path;
}

function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...SYSTEM_FOLDERS];
  return folders.map((folder) => join(folder, name)).find(existsSync) ?? null;
}
