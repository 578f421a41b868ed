/** Makes the private PostgreSQL when no address is given, and describes it to the supervisor. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { Failure } from "../failure.ts";
import { dataFiles } from "../files.ts";
import { runStep } from "../progress.ts";
import type { Settings } from "../settings.ts";
import type { ProcessSpecification } from "../supervisor/specification.ts";
import { findPostgres } from "./postgres-binaries.ts";
import { ensureSecret } from "./secrets.ts";
import { serverUser } from "./server-user.ts";

/** Small on purpose: the control plane of one machine holds a few hundred MiB in all. */
const TUNING = {
  shared_buffers: "32MB",
  max_connections: "80",
  work_mem: "4MB",
  maintenance_work_mem: "32MB",
  max_wal_size: "512MB",
  min_wal_size: "80MB",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_worker_processes: "2",
  max_parallel_workers: "0",
  autovacuum_max_workers: "2",
  jit: "off",
  timezone: "UTC",
  log_timezone: "UTC",
  log_min_messages: "warning",
};

export interface Store {
  readonly url: string;
  /** Null when the server is not ours to run. */
  readonly specification: ProcessSpecification | null;
}

export const postgresUrl = (settings: Settings, port: number): string =>
  `postgres://roadstead:${ensureSecret(join(dataFiles(settings.dataDir).secrets, "postgres"), 24)}@127.0.0.1:${port}/roadstead`;

export async function ensurePostgres(settings: Settings, port: number): Promise<Store> {
  if (settings.databaseUrl) return { url: settings.databaseUrl, specification: null };
  const files = dataFiles(settings.dataDir);
  const data = join(files.postgres, "data");
  const binaries = findPostgres(files.tools, existingMajor(data));
  const user = serverUser();
  const url = postgresUrl(settings, port);
  if (existingMajor(data) === null) await initialise({ settings, data, initdb: binaries.initdb, user });
  const tuning = Object.entries({
    ...TUNING,
    ...(binaries.major >= 18 ? { io_method: "sync" } : {}),
  });
  const specification: ProcessSpecification = {
    name: "postgres",
    tier: 0,
    command: binaries.postgres,
    args: [
      ...["-D", data, "-p", String(port), "-h", "127.0.0.1", "-c", "unix_socket_directories="],
      ...tuning.flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" },
    cwd: data,
    user,
    logFile: files.log("postgres"),
    stopSignal: "SIGINT",
    stopTimeoutMs: 20_000,
    opsHost: "127.0.0.1",
    opsPort: null,
  };
  return { url, specification };
}

/** Waits for the server and makes our database where it is missing. */
export async function openPostgres(url: string, timeoutMs: number): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const problem = await connectOnce(url).then(
      () => null,
      (error: NodeJS.ErrnoException) => error,
    );
    if (problem === null) return;
    if (problem.code === "3D000") await createDatabase(url, name);
    else if (Date.now() > deadline || problem.code === "28P01") {
      throw new Failure(`PostgreSQL does not answer: ${problem.message}`, "./roadstead logs postgres");
    } else await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

async function connectOnce(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 3_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(url: string, name: string): Promise<void> {
  const maintenance = new URL(url);
  maintenance.pathname = "/postgres";
  const client = new pg.Client({ connectionString: maintenance.href });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}

async function initialise(options: {
  readonly settings: Settings;
  readonly data: string;
  readonly initdb: string;
  readonly user: ReturnType<typeof serverUser>;
}): Promise<void> {
  const { settings, data, initdb, user } = options;
  const files = dataFiles(settings.dataDir);
  const passwordFile = join(files.postgres, "initial-password");
  rmSync(data, { recursive: true, force: true }); // only ever a half-made one: a finished one has its PG_VERSION
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, ensureSecret(join(files.secrets, "postgres"), 24), { mode: 0o600 });
  if (user) {
    letThrough(dirname(files.postgres));
    for (const path of [files.postgres, data, passwordFile]) chownSync(path, user.uid, user.gid);
  }
  try {
    await runStep({
      title: `Making a PostgreSQL database in ${files.postgres}`,
      command: initdb,
      args: [
        ...["-D", data, "-U", "roadstead", "-A", "scram-sha-256", `--pwfile=${passwordFile}`],
        ...["-E", "UTF8", "--locale=C"],
      ],
      env: { LC_ALL: "C" },
      cwd: data,
      user,
    });
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function existingMajor(data: string): number | null {
  const file = join(data, "PG_VERSION");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : null;
}

/** The database's user passes through the data folder; passing through shows nothing of what is in it. */
function letThrough(dataDir: string): void {
  const { mode } = statSync(dataDir);
  if ((mode & 0o001) === 0) chmodSync(dataDir, (mode & 0o777) | 0o011);
}
