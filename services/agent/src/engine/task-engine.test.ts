import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeError } from "@roadstead/runtime/errors";
import { createFakeRuntime, type FakeRuntime } from "@roadstead/runtime/fake/fake-runtime";
import type { ContainerRuntime } from "@roadstead/runtime/runtime";
import { createLogger } from "@roadstead/service-kit/log";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { acknowledged, nextReport, type TaskReport } from "../decide/next-report.ts";
import { engineName, type TaskRecord } from "../decide/task.ts";
import { aContainerSpec, aTaskSpec } from "../decide/task-fixture.ts";
import { createImageStore } from "../images/image-store.ts";
import { openStateStore } from "../state-store.ts";
import { createSlots } from "./slots.ts";
import { openTaskEngine, type TaskEngine } from "./task-engine.ts";

const INSTANCE_ARN = "arn:aws:ecs:us-east-1:000000000000:container-instance/default/1";
/** Polls; the machine may be busy with other tests. */
const within = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const log = createLogger({ service: "agent", level: "silent" });
const spec = aTaskSpec({
  containers: [
    aContainerSpec({ name: "app", dependsOn: [{ containerName: "side", condition: "START" }] }),
    aContainerSpec({ name: "side", essential: false }),
  ],
});

const NO_LOGINS = {
  get: () => Promise.reject(new Error("no image here wants a login")),
  renew: async () => null,
};

const NO_LOGS = {
  prepare: async () => undefined,
  follow: () => undefined,
  finish: async () => undefined,
  close: async () => undefined,
};

let dataDir: string;
let runtime: FakeRuntime;
const engines: TaskEngine[] = [];

/** Stands for the engine as one life of the agent sees it: once that life is over, nothing is ever answered again. */
function mortal(real: ContainerRuntime) {
  let isDead = false;
  const never = new Promise<never>(() => undefined);
  const seen = new Proxy(real, {
    get(target, key) {
      const member = Reflect.get(target, key) as unknown;
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]) => {
        if (isDead) return key === "events" ? silence() : never;
        const result: unknown = Reflect.apply(member, target, args);
        if (key === "events") return untilDead(result as AsyncIterable<unknown>, () => isDead);
        return Promise.resolve(result).then((value) => (isDead ? never : value));
      };
    },
  });
  return {
    runtime: seen,
    die: () => {
      isDead = true;
    },
  };
}

async function* silence(): AsyncIterable<never> {
  await new Promise<never>(() => undefined);
}

async function* untilDead<T>(events: AsyncIterable<T>, isDead: () => boolean): AsyncIterable<T> {
  for await (const event of events) {
    if (isDead()) return yield* silence();
    yield event;
  }
}

async function life() {
  const body = mortal(runtime);
  const engine = await openTaskEngine({
    steps: {
      runtime: body.runtime,
      instanceArn: INSTANCE_ARN,
      region: "us-east-1",
      images: createImageStore({
        runtime: body.runtime,
        pullBehavior: "prefer-cached",
        accountId: "000000000000",
        logins: NO_LOGINS,
        loginsOfTask: () => NO_LOGINS,
        pulls: createSlots(4),
      }),
      nofile: { soft: 1_024, hard: 4_096 },
      launches: createSlots(4),
      cgroups: null,
      networks: null,
      logs: NO_LOGS,
      secrets: { resolve: async () => ({}) },
    },
    store: await openStateStore(dataDir),
    log,
    stopTimeoutSeconds: 1,
    cleanupAfterMs: 60_000,
    relookEveryMs: 50,
    changed: () => undefined,
  });
  return { engine, die: body.die };
}

const taskOf = (engine: TaskEngine): TaskRecord | undefined => engine.tasks()[0];
const phases = (engine: TaskEngine) => taskOf(engine)?.containers.map(({ phase }) => phase);

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "roadstead-engine-"));
  runtime = createFakeRuntime();
});

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  await rm(dataDir, { recursive: true, force: true });
});

describe.each(["create", "start"] as const)("killed around %s", (operation) => {
  test.each(
    (["before", "after"] as const).flatMap((when) =>
      (["app", "side"] as const).map((name) => ({ when, name })),
    ),
  )("$when it took effect on $name, the next life has exactly one container each", async ({ when, name }) => {
    const first = await life();
    const killed = new Promise<void>((resolve) => {
      runtime.intercept(operation, when, (subject) => {
        if (subject !== engineName(spec, name)) return;
        first.die();
        resolve();
      });
    });
    await first.engine.assign(spec, "RUNNING");
    await killed;
    const second = await life();
    engines.push(second.engine);
    await within(() => expect(phases(second.engine)).toEqual(["RUNNING", "RUNNING"]));
    expect([...runtime.created.values()]).toEqual([1, 1]);
    expect(runtime.all().map(({ status }) => status)).toEqual(["running", "running"]);
  });
});

test("killed before a stop is answered, the next life finds the end", async () => {
  const first = await life();
  await first.engine.assign(spec, "RUNNING");
  await within(() => expect(phases(first.engine)).toEqual(["RUNNING", "RUNNING"]));
  runtime.intercept("stop", "after", () => first.die());
  await first.engine.assign(spec, "STOPPED");
  await within(() => expect(runtime.all().map(({ status }) => status)).toContain("exited"));
  const second = await life();
  engines.push(second.engine);
  await within(() => expect(phases(second.engine)).toEqual(["STOPPED", "STOPPED"]));
  expect(taskOf(second.engine)?.containers.map(({ exitCode }) => exitCode)).toEqual([143, 143]);
});

test("an assignment that comes while the engine is away is taken, and carried out when it is back", async () => {
  let isAway = false;
  const { inspect } = runtime;
  const away = () => Promise.reject(new RuntimeError("Unavailable", "connect ENOENT docker.sock"));
  runtime = { ...runtime, inspect: (reference) => (isAway ? away() : inspect(reference)) };
  const { engine } = await life();
  engines.push(engine);
  isAway = true;
  await engine.assign(spec, "RUNNING");
  await engine.assign(spec, "RUNNING");
  expect(phases(engine)).toEqual(["NONE", "NONE"]);
  isAway = false;
  await within(() => expect(phases(engine)).toEqual(["RUNNING", "RUNNING"]));
  expect([...runtime.created.values()]).toEqual([1, 1]);
});

test("a container outlives the ones that depend on it", async () => {
  const stops: string[] = [];
  runtime.intercept("stop", "before", (subject) => void stops.push(subject));
  const { engine } = await life();
  engines.push(engine);
  await engine.assign(spec, "RUNNING");
  await within(() => expect(phases(engine)).toEqual(["RUNNING", "RUNNING"]));
  await engine.assign(spec, "STOPPED");
  await within(() => expect(phases(engine)).toEqual(["STOPPED", "STOPPED"]));
  expect(stops).toEqual([engineName(spec, "app"), engineName(spec, "side")]);
});

test("an end during a break of the event stream is seen", async () => {
  const { engine } = await life();
  engines.push(engine);
  await engine.assign(spec, "RUNNING");
  await within(() => expect(phases(engine)).toEqual(["RUNNING", "RUNNING"]));
  runtime.breakEvents();
  runtime.exit(engineName(spec, "app"), 9);
  await within(() => expect(phases(engine)).toEqual(["STOPPED", "STOPPED"]));
  expect(taskOf(engine)?.containers[0]?.exitCode).toBe(9);
});

test("containers of another instance on the same engine are nobody's business here", async () => {
  const labels = {
    "com.amazonaws.ecs.task-arn": "arn:aws:ecs:x/y",
    "com.roadstead.container-instance": "another",
  };
  await runtime.create({ name: "other", body: { Image: "roadstead/busybox:latest", Labels: labels } });
  const { engine } = await life();
  engines.push(engine);
  expect(await engine.strangers()).toEqual([]);
  await engine.stopTasks(["arn:aws:ecs:x/y"]);
  expect(runtime.all()).toHaveLength(1);
});

test("an own container of an unknown task stays until its stop is agreed", async () => {
  const labels = {
    "com.amazonaws.ecs.task-arn": "arn:aws:ecs:x/y",
    "com.roadstead.container-instance": INSTANCE_ARN,
  };
  await runtime.create({ name: "stranger", body: { Image: "roadstead/busybox:latest", Labels: labels } });
  const { engine } = await life();
  engines.push(engine);
  expect(await engine.strangers()).toEqual(["arn:aws:ecs:x/y"]);
  expect(runtime.all()).toHaveLength(1);
  await engine.stopTasks(["arn:aws:ecs:x/y"]);
  expect(runtime.all()).toEqual([]);
});

test("states of a task are due in order, whatever the pace of the reporter", async () => {
  const reports: TaskReport[] = [];
  const { engine } = await life();
  engines.push(engine);
  await engine.assign(spec, "RUNNING");
  await within(() => expect(phases(engine)).toEqual(["RUNNING", "RUNNING"]));
  runtime.exit(engineName(spec, "app"), 0);
  await within(() => expect(taskOf(engine)?.stoppedAt).not.toBeNull());
  let task = taskOf(engine);
  for (let next = task && nextReport(task); task && next; next = nextReport(task)) {
    reports.push(next);
    task = acknowledged(task, next);
  }
  expect(reports.map(({ status }) => status)).toEqual(["RUNNING", "STOPPED"]);
});
