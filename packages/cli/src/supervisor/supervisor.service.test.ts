import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { signal } from "@roadstead/service-kit/process-identity";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeDataDirectories } from "../files.ts";
import { ensureSupervisor, runningProcesses, supervisorIdentity, want } from "./control.ts";
import type { ProcessSpecification } from "./specification.ts";

const SUPERVISOR = fileURLToPath(new URL("./main.ts", import.meta.url));
const SOON = { timeout: 15_000, interval: 20 };

let dataDir = "";

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "roadstead-supervisor-"));
  makeDataDirectories(dataDir);
});

afterEach(async () => {
  want(dataDir, [], SUPERVISOR);
  await vi.waitFor(() => expect(supervisorIdentity(dataDir)).toBeNull(), SOON);
  rmSync(dataDir, { recursive: true, force: true });
});

const aSleeper = (name: string, seconds = 600): ProcessSpecification => ({
  name,
  tier: 1,
  command: "sleep",
  args: [String(seconds)],
  env: { PATH: process.env.PATH ?? "" },
  cwd: "/",
  user: null,
  logFile: join(dataDir, "logs", `${name}.log`),
  stopSignal: "SIGTERM",
  stopTimeoutMs: 2_000,
  opsHost: "127.0.0.1",
  opsPort: null,
});

const running = (name: string) =>
  vi.waitFor(() => {
    const state = runningProcesses(dataDir).get(name);
    if (!state) throw new Error(`${name} does not run`);
    return state;
  }, SOON);

test("starts again what was killed", async () => {
  want(dataDir, [aSleeper("one")], SUPERVISOR);
  const first = await running("one");
  signal(first, "SIGKILL");
  await vi.waitFor(async () => expect((await running("one")).pid).not.toBe(first.pid), SOON);
  expect((await running("one")).restarts).toBe(1);
});

test("its death stops nothing, and its successor adopts what runs", async () => {
  want(dataDir, [aSleeper("one")], SUPERVISOR);
  const before = await running("one");
  const supervisor = supervisorIdentity(dataDir);
  if (supervisor) signal(supervisor, "SIGKILL");
  await vi.waitFor(() => expect(supervisorIdentity(dataDir)).toBeNull(), SOON);
  ensureSupervisor(dataDir, SUPERVISOR);
  want(dataDir, [aSleeper("one"), aSleeper("two")], SUPERVISOR);
  await running("two");
  expect((await running("one")).pid).toBe(before.pid);
  signal(before, "SIGKILL");
  await vi.waitFor(async () => expect((await running("one")).pid).not.toBe(before.pid), SOON);
});

test("replaces a process whose specification changed, and leaves its neighbours alone", async () => {
  want(dataDir, [aSleeper("one"), aSleeper("two")], SUPERVISOR);
  const [one, two] = [await running("one"), await running("two")];
  want(dataDir, [aSleeper("one", 601), aSleeper("two")], SUPERVISOR);
  await vi.waitFor(async () => expect((await running("one")).pid).not.toBe(one.pid), SOON);
  expect((await running("two")).pid).toBe(two.pid);
});

test("one folder never has two supervisors", async () => {
  want(dataDir, [aSleeper("one")], SUPERVISOR);
  const first = supervisorIdentity(dataDir);
  for (let times = 0; times < 5; times++) ensureSupervisor(dataDir, SUPERVISOR);
  await running("one");
  expect(supervisorIdentity(dataDir)).toEqual(first);
});
