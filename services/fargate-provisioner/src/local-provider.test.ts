import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "@roadstead/service-kit/log";
import { identify, isAlive, type ProcessIdentity } from "@roadstead/service-kit/process-identity";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { HostPlan } from "./host-provider.ts";
import { createLocalProvider } from "./local-provider.ts";

const WAIT = { timeout: 10_000, interval: 20 };
const started: ProcessIdentity[] = [];
let folder = "";
let clock = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hosts-"));
  clock = Date.now();
});

afterEach(() => {
  for (const { pid } of started.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it ended in the test
    }
  }
  rmSync(folder, { recursive: true, force: true });
});

const PLAN: HostPlan = {
  id: "0a",
  cpu: 512,
  memoryMiB: 1_024,
  identity: { region: "eu-test-1", accessKeyId: "AKIA", secretAccessKey: "s" },
};

/** Writes what it was told into its folder and stays, unless the script says otherwise. */
const provider = (script = "env > told; exec sleep 60") =>
  createLocalProvider({
    program: {
      command: "/bin/sh",
      args: ["-c", script],
      env: { PATH: "/usr/bin:/bin", ROADSTEAD_API_URL: "u" },
    },
    agentsDir: join(folder, "agents"),
    logsDir: join(folder, "logs"),
    log: createLogger({ service: "test", level: "silent" }),
    now: () => clock,
  });

function pidOf(id: string): number {
  const state = JSON.parse(readFileSync(join(folder, "agents", `fargate-${id}`, "process.json"), "utf8"));
  started.push(state);
  return state.pid;
}

function isRunning(id: string): boolean {
  const path = join(folder, "agents", `fargate-${id}`, "process.json");
  return isAlive(JSON.parse(readFileSync(path, "utf8")));
}

test("a host is an agent with its own folder, key and size", async () => {
  provider().ensure(PLAN);
  pidOf("0a");
  const told = () => readFileSync(join(folder, "agents", "fargate-0a", "told"), "utf8");
  await expect.poll(told, WAIT).toContain("ROADSTEAD_AGENT_MEMORY_MIB=1024");
  for (const line of [
    "ROADSTEAD_AGENT_CPU=512",
    "ROADSTEAD_CLUSTER=fargate.fleet",
    "AWS_ACCESS_KEY_ID=AKIA",
    "AWS_REGION=eu-test-1",
    "ROADSTEAD_API_URL=u",
    `ROADSTEAD_AGENT_DATA_DIR=${join(folder, "agents", "fargate-0a")}`,
  ])
    expect(told()).toContain(line);
});

test("another provisioner adopts the host that runs, and starts none beside it", () => {
  provider().ensure(PLAN);
  const pid = pidOf("0a");
  const later = provider();
  expect(later.present()).toEqual(["0a"]);
  later.ensure(PLAN);
  expect(pidOf("0a")).toBe(pid);
});

test("one whose start was not written down before its provisioner was killed is adopted too", async () => {
  const script = "echo begun >> begun; while :; do sleep 0.05; done";
  provider(script).ensure(PLAN);
  const pid = pidOf("0a");
  const begun = () => readFileSync(join(folder, "agents", "fargate-0a", "begun"), "utf8");
  await expect.poll(begun, WAIT).toBe("begun\n");
  rmSync(join(folder, "agents", "fargate-0a", "process.json"));
  provider(script).ensure(PLAN);
  expect(pidOf("0a")).toBe(pid);
  expect(isRunning("0a")).toBe(true);
});

test("one that ends is started again, and less and less often", async () => {
  const hosts = provider("echo begun >> begun");
  const begun = () => {
    const text = readFileSync(join(folder, "agents", "fargate-0a", "begun"), "utf8");
    return text.trim().split("\n").length;
  };
  const hasEnded = async (times: number) => {
    await expect.poll(() => (begun() === times && !isRunning("0a") ? "ended" : "not"), WAIT).toBe("ended");
  };
  hosts.ensure(PLAN);
  await hasEnded(1);
  hosts.ensure(PLAN);
  clock += 499;
  hosts.ensure(PLAN);
  clock += 1;
  await hasEnded(1);
  hosts.ensure(PLAN);
  await hasEnded(2);
  hosts.ensure(PLAN);
  clock += 999;
  hosts.ensure(PLAN);
  await hasEnded(2);
  clock += 1;
  hosts.ensure(PLAN);
  await hasEnded(3);
});

test("one that was killed is there again with the next look", async () => {
  const hosts = provider();
  hosts.ensure(PLAN);
  const pid = pidOf("0a");
  clock += 61_000;
  process.kill(pid, "SIGKILL");
  await expect.poll(() => isRunning("0a"), WAIT).toBe(false);
  hosts.ensure(PLAN);
  expect(isRunning("0a")).toBe(true);
  expect(pidOf("0a")).not.toBe(pid);
});

test("another program takes the place of the one that runs", async () => {
  provider().ensure(PLAN);
  const first = pidOf("0a");
  const newer = provider("exec sleep 61");
  const replaced = () => {
    newer.ensure(PLAN);
    clock += 1_000;
    return pidOf("0a");
  };
  await expect.poll(replaced, WAIT).not.toBe(first);
  expect(identify(first)).toBeNull();
});

test("a host that does not end when asked is made to, and nothing runs of it then", async () => {
  const hosts = provider("trap '' TERM; while :; do sleep 0.05; done");
  hosts.ensure(PLAN);
  const pid = pidOf("0a");
  expect(hosts.end("0a")).toBe(false);
  clock += 28_000;
  await expect.poll(() => hosts.end("0a"), WAIT).toBe(true);
  expect(hosts.present()).toEqual([]);
  expect(identify(pid)).toBeNull();
});
