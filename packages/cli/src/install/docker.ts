/** Makes sure a Docker Engine answers: the socket's, an installed one started by us, or one installed first. */
import { spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { request } from "node:http";
import { identify } from "@roadstead/service-kit/process-identity";
import { Failure } from "../failure.ts";
import { dataFiles, writeJson } from "../files.ts";
import { runStep, say, seconds } from "../progress.ts";
import type { Settings } from "../settings.ts";
import { findProgram } from "./find-program.ts";
import { removeStalePidFile } from "./stale-pid-file.ts";
import { canInstallPackages, installPackages } from "./system-packages.ts";

const CONTAINER_FILES_MAX = 65_536;
/** Where dockerd and the containerd it starts leave their pids; both outlive a machine that lost its power. */
const ENGINE_PID_FILES = [
  ["/var/run/docker.pid", "dockerd"],
  ["/var/run/docker/containerd/containerd.pid", "containerd"],
] as const;
const START_TIMEOUT_MS = 30_000;

export interface EngineVersion {
  readonly version: string;
  readonly apiVersion: string;
}

export async function ensureDocker(settings: Settings): Promise<void> {
  if (await engineVersion(settings.dockerSocket)) return;
  if (process.getuid?.() !== 0) {
    const answer = existsSync(settings.dockerSocket) ? "may not be used by this user" : "is missing";
    throw new Failure(
      `Docker's socket ${settings.dockerSocket} ${answer}`,
      "start Docker Engine and add yourself to its group (usermod -aG docker $USER, then log in again), or run as root",
    );
  }
  if (!findProgram("dockerd")) await installDocker();
  if (existsSync("/run/systemd/system")) {
    await runStep({
      title: "Starting Docker Engine (systemctl start docker)",
      command: "systemctl",
      args: ["start", "docker"],
    });
  }
  if (!(await engineVersion(settings.dockerSocket))) await startEngine(settings);
}

async function installDocker(): Promise<void> {
  if (!canInstallPackages()) {
    throw new Failure(
      "Docker Engine is not installed",
      "install it: https://docs.docker.com/engine/install/",
    );
  }
  // Where no init system mounted the control groups, this package's script does.
  const cgroups = existsSync("/sys/fs/cgroup/cgroup.controllers") || existsSync("/sys/fs/cgroup/memory");
  await installPackages("Docker Engine", {
    "apt-get": ["docker.io", "iptables", ...(cgroups ? [] : ["cgroupfs-mount"])],
    dnf: ["docker", "iptables-nft"],
    apk: ["docker", "iptables"],
  });
}

/** Detached and not supervised: containers must outlive everything of ours, `down` included. */
async function startEngine(settings: Settings): Promise<void> {
  const files = dataFiles(settings.dataDir);
  const began = performance.now();
  for (const [path, daemon] of ENGINE_PID_FILES) removeStalePidFile(path, daemon);
  say("→ Starting Docker Engine (dockerd), which keeps running after `down`");
  const log = openSync(files.log("dockerd"), "a", 0o600);
  const script = [
    "ulimit -n 1048576 2>/dev/null",
    // A container may not ask for more open files than the engine itself may have.
    "files=$(ulimit -Hn)",
    `if [ "$files" = unlimited ] || [ "$files" -gt ${CONTAINER_FILES_MAX} ]; then files=${CONTAINER_FILES_MAX}; fi`,
    'exec "$1" --host="$2" --default-ulimit "nofile=$files:$files"',
  ].join("\n");
  const dockerd = findProgram("dockerd") ?? "dockerd";
  const child = spawn("sh", ["-c", script, "sh", dockerd, `unix://${settings.dockerSocket}`], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.unref();
  if (child.pid !== undefined) writeJson(files.dockerd, identify(child.pid));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await engineVersion(settings.dockerSocket))) {
    if (Date.now() > deadline || child.exitCode !== null) {
      throw new Failure("Docker Engine did not start", `read ${files.log("dockerd")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  say(`  done in ${seconds(performance.now() - began)}`);
}

/** Null when nothing answers. */
export async function engineVersion(socketPath: string): Promise<EngineVersion | null> {
  try {
    const answer = await engineCall(socketPath, {
      method: "GET",
      path: "/version",
    });
    const body = JSON.parse(answer.body.toString("utf8")) as {
      Version: string;
      ApiVersion: string;
    };
    return { version: body.Version, apiVersion: body.ApiVersion };
  } catch {
    return null;
  }
}

export interface EngineAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** One call of the Engine API; the launcher makes too few of them for a client library. */
export const engineCall = (
  socketPath: string,
  call: {
    readonly method: string;
    readonly path: string;
    readonly body?: Buffer;
    readonly contentType?: string;
  },
): Promise<EngineAnswer> =>
  new Promise((resolve, reject) => {
    const headers = call.body
      ? {
          "content-type": call.contentType ?? "application/json",
          "content-length": call.body.length,
        }
      : {};
    const outgoing = request(
      {
        socketPath,
        method: call.method,
        path: call.path,
        headers,
        timeout: 60_000,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
        incoming.on("end", () =>
          resolve({
            status: incoming.statusCode ?? 0,
            body: Buffer.concat(chunks),
          }),
        );
        incoming.on("error", reject);
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("Docker Engine does not answer")));
    outgoing.on("error", reject);
    outgoing.end(call.body);
  });
