import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { signal } from "@roadstead/service-kit/process-identity";
import { findMinio } from "@roadstead/testing/minio-server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeDataDirectories } from "../files.ts";
import { resolveSettings, type Settings } from "../settings.ts";
import { ensureSupervisor, runningProcesses, supervisorIdentity, want } from "../supervisor/control.ts";
import { freePort } from "./free-port.ts";
import { ensureMinio, openMinio } from "./minio.ts";

const SUPERVISOR = fileURLToPath(new URL("../supervisor/main.ts", import.meta.url));
const SOON = { timeout: 15_000, interval: 20 };
const found = await findMinio();
if ("unavailable" in found) process.stderr.write(`skipped: ${found.unavailable}\n`);

describe.skipIf("unavailable" in found)("a MinIO of ours", () => {
  let settings: Settings;
  beforeEach(() => {
    const dataDir = mkdtempSync(join(tmpdir(), "roadstead-own-minio-"));
    makeDataDirectories(dataDir);
    settings = resolveSettings({ ROADSTEAD_MINIO_BIN: "program" in found ? found.program : "" }, dataDir);
  });
  afterEach(async () => {
    want(settings.dataDir, [], SUPERVISOR);
    await vi.waitFor(() => expect(supervisorIdentity(settings.dataDir)).toBeNull(), SOON);
    rmSync(settings.dataDir, { recursive: true, force: true });
  });

  test("is supervised, comes back after a crash, and keeps its password to its owner", async () => {
    const { dataDir } = settings;
    const store = await ensureMinio(settings, await freePort(20_712, new Set()));
    if (store.specification === null) throw new Error("a MinIO of ours is ours to run");
    want(dataDir, [store.specification], SUPERVISOR);
    await openMinio(store.url, SOON.timeout);
    const first = runningProcesses(dataDir).get("minio");
    if (first === undefined) throw new Error("MinIO answers and does not run");
    signal(first, "SIGKILL");
    await vi.waitFor(() => {
      ensureSupervisor(dataDir, SUPERVISOR);
      expect(runningProcesses(dataDir).get("minio")?.pid ?? first.pid).not.toBe(first.pid);
    }, SOON);
    await openMinio(store.url, SOON.timeout);

    const secret = join(dataDir, "secrets", "minio");
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    expect(readFileSync(secret, "utf8").trim()).toBe(store.secretKey);
    expect((await ensureMinio(settings, 1)).secretKey).toBe(store.secretKey);
    expect(JSON.stringify(store.specification.args)).not.toContain(store.secretKey);
  });
});

test("a MinIO that is named and is none is refused with its name", async () => {
  const settings = resolveSettings({ ROADSTEAD_MINIO_BIN: "/nowhere/minio" }, "/nowhere");
  await expect(ensureMinio(settings, 1)).rejects.toThrow(/\/nowhere\/minio is no program/);
});
