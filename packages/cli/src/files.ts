/** Names every file of the data folder and reads and writes the small JSON ones; the launcher and its supervisor call this. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const dataFiles = (dataDir: string) => ({
  settings: join(dataDir, "settings.json"),
  credentials: join(dataDir, "credentials.json"),
  masterKey: join(dataDir, "master-key"),
  agents: join(dataDir, "agents.json"),
  /** Passwords of the private servers. */
  secrets: join(dataDir, "secrets"),
  run: join(dataDir, "run"),
  logs: join(dataDir, "logs"),
  bundles: join(dataDir, "bundles"),
  tools: join(dataDir, "tools"),
  postgres: join(dataDir, "postgres"),
  redis: join(dataDir, "redis"),
  minio: join(dataDir, "minio"),
  haproxy: join(dataDir, "haproxy"),
  /** Of the stack that the demo ends with: Terraform's files and state, or that it was made without. */
  demo: join(dataDir, "demo"),
  lock: join(dataDir, "run", "lock"),
  desired: join(dataDir, "run", "desired.json"),
  supervisor: join(dataDir, "run", "supervisor.json"),
  dockerd: join(dataDir, "run", "dockerd.json"),
  process: (name: string) => join(dataDir, "run", `${name}.process.json`),
  log: (name: string) => join(dataDir, "logs", `${name}.log`),
  agentFolders: join(dataDir, "agents"),
  agentData: (name: string) => join(dataDir, "agents", name),
});

/** Null when the file is missing or half-written by an older release. */
export function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return null;
  }
}

/** Readers see the old file or the new one, never a part; only the owner may read it. */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(temporary, path);
}

/** The folder itself may be walked through (a database runs as another user); its secrets may not. */
export function makeDataDirectories(dataDir: string): void {
  const files = dataFiles(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o755 });
  for (const folder of [files.run, files.logs, files.secrets])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const folder of [files.bundles, files.tools]) mkdirSync(folder, { recursive: true });
}
