/** Starts the registries that ours is measured beside: Debian's `docker-registry` and distribution v3, on disk or on MinIO. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "@roadstead/testing/find-program";
import { freePort } from "@roadstead/testing/free-port";

const READY_TIMEOUT_MS = 20_000;
const POLL_MS = 50;
const PEERS_BUCKET = "distribution";

export interface MinioForBench {
  readonly pid: number;
  readonly endpoint: string;
  readonly accessKey: string;
  readonly secretKey: string;
  stop(): Promise<void>;
}

export interface MeasuredRegistry {
  readonly name: string;
  readonly store: "disk" | "MinIO";
  readonly url: string;
  readonly authorization: string | null;
  /** The registry's own process, whose memory is watched. */
  readonly pid: number;
  /** Everything whose processor time counts, its stores included. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** Where a peer's program is looked for: PATH, and what an environment variable names. */
export const PEERS = [
  { name: "docker-registry (Debian)", variable: "BENCH_DOCKER_REGISTRY", program: "docker-registry" },
  { name: "distribution v3", variable: "BENCH_DISTRIBUTION", program: "registry" },
] as const;

export async function findPeer(peer: (typeof PEERS)[number]): Promise<string | null> {
  const named = process.env[peer.variable];
  return named ? findProgram(named, [""]) : findProgram(peer.program);
}

export async function startPeer(
  name: string,
  program: string,
  minio: MinioForBench | null,
): Promise<MeasuredRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-bench-registry-"));
  const port = await freePort();
  const config = join(folder, "config.json");
  await writeFile(config, JSON.stringify(configuration(folder, port, minio)));
  const child = spawn(program, ["serve", config], {
    stdio: "ignore",
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: "none" },
  });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/v2/`, child);
  const pid = child.pid ?? 0;
  return {
    name,
    store: minio ? "MinIO" : "disk",
    url,
    authorization: null,
    pid,
    pids: minio ? [pid, minio.pid] : [pid],
    async stop() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What their documentation recommends; JSON is YAML. */
const configuration = (folder: string, port: number, minio: MinioForBench | null) => ({
  version: 0.1,
  log: { level: "error", accesslog: { disabled: true } },
  storage: {
    cache: { blobdescriptor: "inmemory" },
    ...(minio
      ? {
          s3: {
            region: "us-east-1",
            regionendpoint: minio.endpoint,
            bucket: PEERS_BUCKET,
            accesskey: minio.accessKey,
            secretkey: minio.secretKey,
            secure: false,
            forcepathstyle: true,
          },
          redirect: { disable: true },
        }
      : { filesystem: { rootdirectory: join(folder, "data") } }),
  },
  http: { addr: `127.0.0.1:${port}`, secret: "bench" },
});

export async function startMinio(program: string): Promise<MinioForBench> {
  const folder = await mkdtemp(join(tmpdir(), "roadstead-bench-minio-"));
  // A folder in its data is a bucket; ours makes its own.
  await mkdir(join(folder, PEERS_BUCKET));
  const address = `127.0.0.1:${await freePort()}`;
  const [accessKey, secretKey] = ["bench", randomBytes(16).toString("hex")];
  const child = spawn(program, ["server", "--quiet", "--address", address, folder], {
    stdio: "ignore",
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      MINIO_ROOT_USER: accessKey,
      MINIO_ROOT_PASSWORD: secretKey,
      MINIO_BROWSER: "off",
      MINIO_UPDATE: "off",
    },
  });
  const endpoint = `http://${address}`;
  await untilAnswers(`${endpoint}/minio/health/ready`, child);
  return {
    pid: child.pid ?? 0,
    endpoint,
    accessKey,
    secretKey,
    async stop() {
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server at ${url} ended with ${child.exitCode}`);
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
    if (answer && answer.status < 500) return;
    if (Date.now() > deadline) throw new Error(`${url} does not answer`);
    await sleep(POLL_MS);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
