/** A Docker Engine of our own, beside the machine's, that may be restarted at will; kill-each-process.ts uses it when asked. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { engineCall } from "../e2e/support/engine.ts";

const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 50;
const OUTPUT_MAX_CHARS = 8_000;

export interface OwnEngine {
  readonly socket: string;
  /** As a service manager restarts it: containers are stopped with the engine. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** It has no networks but `none` and `host`, so that it touches neither bridges nor firewall of the machine. */
export async function startOwnEngine(): Promise<OwnEngine> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-engine-"));
  const socket = join(folder, "docker.sock");
  process.env.ROADSTEAD_DOCKER_SOCKET = socket;
  let running = await startDaemon(folder, socket);
  return {
    socket,
    async restart() {
      await endDaemon(running);
      running = await startDaemon(folder, socket);
    },
    async stop() {
      await endDaemon(running);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startDaemon(folder: string, socket: string): Promise<ChildProcess> {
  const options = {
    host: `unix://${socket}`,
    "data-root": join(folder, "data"),
    "exec-root": join(folder, "exec"),
    pidfile: join(folder, "pid"),
    bridge: "none",
    iptables: "false",
    "ip-forward": "false",
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  // An engine without a bridge removes `docker0` where it starts, so it starts in a network namespace of its own.
  const daemon = spawn("unshare", ["--net", "--", "dockerd", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-OUTPUT_MAX_CHARS);
    });
  }
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await answers())) {
    if (daemon.exitCode !== null || Date.now() > deadline)
      throw new Error(`dockerd did not start:\n${output}`);
    await delay(POLL_MS);
  }
  return daemon;
}

const answers = (): Promise<boolean> =>
  engineCall("GET", "/_ping").then(
    () => true,
    () => false,
  );

async function endDaemon(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, "exit");
  daemon.kill("SIGTERM");
  await ended;
}
