/** Finds or builds MinIO when layers are to be kept in one of ours, and describes it to the supervisor. */
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.ts";
import { dataFiles } from "../files.ts";
import { runStep } from "../progress.ts";
import type { Settings } from "../settings.ts";
import { findProgram, isExecutable } from "./find-program.ts";
import type { Store } from "./postgres.ts";
import { ensureSecret } from "./secrets.ts";

/** What is built where MinIO is not installed. */
const MODULE = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c";
const ACCESS_KEY = "roadstead";
const SECRET_BYTES = 24;
const PROBE_TIMEOUT_MS = 1_000;
const PROBE_PAUSE_MS = 50;

export interface MinioStore extends Store {
  readonly accessKey: string;
  readonly secretKey: string;
}

export async function ensureMinio(settings: Settings, port: number): Promise<MinioStore> {
  const files = dataFiles(settings.dataDir);
  const program = await minioProgram(settings);
  const data = join(files.minio, "data");
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const secretKey = ensureSecret(join(files.secrets, "minio"), SECRET_BYTES);
  return {
    url: `http://127.0.0.1:${port}`,
    accessKey: ACCESS_KEY,
    secretKey,
    specification: {
      name: "minio",
      tier: 0,
      command: program,
      args: ["server", "--quiet", "--address", `127.0.0.1:${port}`, data],
      env: {
        PATH: "/usr/bin:/bin",
        HOME: files.minio,
        MINIO_ROOT_USER: ACCESS_KEY,
        MINIO_ROOT_PASSWORD: secretKey,
        MINIO_BROWSER: "off",
        MINIO_UPDATE: "off",
      },
      cwd: files.minio,
      user: null,
      logFile: files.log("minio"),
      stopSignal: "SIGTERM",
      stopTimeoutMs: 15_000,
      opsHost: "127.0.0.1",
      opsPort: null,
    },
  };
}

/** The one that is named, installed or was built earlier; null when one would have to be built. */
export function findMinio({ dataDir, minioProgram: named }: Settings): string | null {
  if (named && !isExecutable(named)) {
    throw new Failure(`${named} is no program`, "name MinIO's with ROADSTEAD_MINIO_BIN=…");
  }
  const built = join(dataFiles(dataDir).tools, "minio", "minio");
  return named || findProgram("minio") || (isExecutable(built) ? built : null);
}

export function findGo(): string | null {
  return findProgram("go", `${process.env.PATH ?? ""}:/usr/local/go/bin`);
}

export async function minioProgram(settings: Settings): Promise<string> {
  const found = findMinio(settings);
  if (found !== null) return found;
  const go = findGo();
  if (go === null) {
    throw new Failure(
      "no MinIO was found, and no Go to build it with",
      "put minio on the PATH, install Go, or name a store with ROADSTEAD_BLOB_S3_ENDPOINT=http://…",
    );
  }
  return buildMinio(go, join(dataFiles(settings.dataDir).tools, "minio"));
}

/** The compiler's caches are a gigabyte, wanted once: they go when the program is there, unless they are the user's own. */
async function buildMinio(go: string, folder: string): Promise<string> {
  const caches = join(folder, "build");
  mkdirSync(caches, { recursive: true });
  const { GOPATH = join(caches, "path"), GOCACHE = join(caches, "cache"), GOFLAGS = "" } = process.env;
  await runStep({
    title: `MinIO is not installed: building it in ${folder}, which takes some minutes`,
    command: go,
    args: ["install", "-v", "-trimpath", "-ldflags=-s -w", MODULE],
    env: {
      GOPATH,
      GOCACHE,
      GOBIN: folder,
      GOFLAGS: `${GOFLAGS} -modcacherw`.trim(),
      CGO_ENABLED: "0",
    },
  });
  rmSync(caches, { recursive: true, force: true });
  const program = join(folder, "minio");
  if (!existsSync(program)) throw new Failure("go install left no minio", "install MinIO yourself");
  return program;
}

/** Waits until it would take writes. */
export async function openMinio(url: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isReady(url))) {
    if (Date.now() > deadline) throw new Failure("MinIO does not answer", "./roadstead logs minio");
    await new Promise((resolve) => setTimeout(resolve, PROBE_PAUSE_MS));
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    return (await fetch(`${url}/minio/health/ready`, { signal })).ok;
  } catch {
    return false;
  }
}
