import { spawn } from "node:child_process";
import { expect, test, vi } from "vitest";

const RUN_SERVICE = new URL("./run-service.ts", import.meta.url).href;
const ZOD = import.meta.resolve("zod");

/** Runs `script` as a process of its own; it finds `runService`, `runPack`, `packed` and `z` in scope. */
function runProcess(script: string, env: Record<string, string> = {}) {
  const source = `
    import { packed, runPack, runService } from "${RUN_SERVICE}";
    import { z } from "${ZOD}";
    const trace = (text) => process.stderr.write(text + "\\n");
    const service = (name) => packed({ name, configSchema: z.object({}), start: async (deps) => {
      trace("start " + name + " " + deps.shared);
      return { stop: async () => trace("stop " + name) };
    } });
    ${script}`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => {
    output.stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.stderr += chunk.toString();
  });
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  return { child, output, exited };
}

const PACK = `
  await runPack({
    name: "control",
    shared: { configSchema: z.object({ URL: z.string() }), open: async ({ config, shutdown }) => {
      setInterval(() => undefined, 1_000);
      shutdown.add("database", () => trace("close database"));
      return { shared: config.URL };
    } },
    services: [service("scheduler"), service("deployer")],
  });
  trace("running");`;

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s stops a pack's services in reverse order, then what they shared",
  async (signal) => {
    const { child, output, exited } = runProcess(PACK, { URL: "db" });
    await vi.waitFor(() => expect(output.stderr).toContain("running"), { timeout: 10_000 });
    child.kill(signal);
    expect(await exited).toBe(0);
    expect(output.stderr.trim().split("\n")).toEqual([
      "start scheduler db",
      "start deployer db",
      "running",
      "stop deployer",
      "stop scheduler",
      "close database",
    ]);
  },
);

test("a wrong configuration ends the process before anything is opened, with every problem named", async () => {
  const { output, exited } = runProcess(PACK, { ROADSTEAD_LOG_LEVEL: "info" });
  expect(await exited).toBe(2);
  expect(output.stderr).toContain("URL:");
  expect(output.stderr).not.toContain("start");
});

test("a service that cannot start has what was opened closed, and the process fails", async () => {
  const { output, exited } = runProcess(`
    await runService({ name: "api", configSchema: z.object({}), start: async ({ shutdown }) => {
      shutdown.add("database", () => trace("close database"));
      throw new Error("port in use");
    } });`);
  expect(await exited).toBe(1);
  expect(output.stderr).toContain("close database");
  expect(output.stdout).toContain("port in use");
});

test.each([
  ["an exception nobody caught", "setTimeout(() => { throw new Error('surprise'); }, 0)"],
  ["a rejection nobody handled", "void Promise.reject(new Error('surprise'))"],
])("%s ends the process with a line that says so", async (_what, surprise) => {
  const { output, exited } = runProcess(`
    await runService({ name: "api", configSchema: z.object({}), start: async () => {
      setInterval(() => undefined, 1_000);
      ${surprise};
      return { stop: async () => undefined };
    } });`);
  expect(await exited).toBe(1);
  expect(output.stdout).toContain("surprise");
});

test("the operations port of a process names its services", async () => {
  const { child, output, exited } = runProcess(PACK, { URL: "db", ROADSTEAD_OPS_PORT: "0" });
  await vi.waitFor(() => expect(output.stderr).toContain("running"), { timeout: 10_000 });
  const port = /"port":(\d+)/.exec(output.stdout)?.[1];
  const health: unknown = await (await fetch(`http://127.0.0.1:${port}/healthz`)).json();
  expect(health).toMatchObject({ ok: true, pid: child.pid, services: ["scheduler", "deployer"] });
  const readiness: unknown = await (await fetch(`http://127.0.0.1:${port}/readyz`)).json();
  expect(readiness).toEqual({ ready: true, checks: { started: "ok" } });
  child.kill("SIGTERM");
  expect(await exited).toBe(0);
});

test("a process is not ready before it has started", async () => {
  const { child, output, exited } = runProcess(
    `await runService({ name: "api", configSchema: z.object({}), start: () => new Promise(() => undefined) });`,
    { ROADSTEAD_OPS_PORT: "0" },
  );
  await vi.waitFor(() => expect(output.stdout).toContain("ops.listening"), { timeout: 10_000 });
  const port = /"port":(\d+)/.exec(output.stdout)?.[1];
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect([response.status, await response.json()]).toEqual([
    503,
    { ready: false, checks: { started: "starting" } },
  ]);
  child.kill("SIGTERM");
  expect(await exited).toBe(0);
});
