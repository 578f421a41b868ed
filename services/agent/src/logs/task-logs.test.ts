/** Guarantees of sending containers' output to the log store, over absences of the store and ends of the agent. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readBatchToken } from "@roadstead/model/log-batch";
import { createFakeRuntime, type FakeRuntime } from "@roadstead/runtime/fake/fake-runtime";
import { createLogger } from "@roadstead/service-kit/log";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EcsError } from "../control/ecs-client.ts";
import { aContainerSpec, aTaskSpec } from "../decide/task-fixture.ts";
import { openTaskLogs, type TaskLogs, type TaskLogsDeps } from "./task-logs.ts";

const within = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const log = createLogger({ service: "agent", level: "silent" });
const task = aTaskSpec();
const awslogs = (options: Record<string, string> = {}) =>
  aContainerSpec({
    hostConfig: {
      LogConfig: {
        Type: "awslogs",
        Config: { "awslogs-group": "/ecs/web", "awslogs-region": "eu-west-1", ...options },
      },
    },
  });
const STREAM = { "awslogs-stream": "web/app/1" };

interface PutInput {
  readonly sequenceToken: string;
  readonly logEvents: readonly { readonly timestamp: number; readonly message: string }[];
}

/** A log store in memory that takes numbered batches once, as ours does. */
function createStore() {
  const groups = new Set(["/ecs/web"]);
  const streams = new Set<string>();
  const lines: string[] = [];
  const taken = new Map<string, number>();
  const take = ({ sequenceToken, logEvents }: PutInput) => {
    const batch = readBatchToken(sequenceToken);
    if (!batch) throw new Error("the batch is not numbered");
    if ((taken.get(batch.writer) ?? 0) >= batch.number) return;
    lines.push(...logEvents.map(({ message }) => message));
    taken.set(batch.writer, batch.number);
  };
  const store = {
    groups,
    streams,
    lines,
    isAway: false,
    /** It takes a batch and its answer is lost. */
    losesAnswers: 0,
    /** It refuses one batch with this. */
    refusesOnce: null as EcsError | null,
    puts: 0,
    regions: new Set<string>(),
    calls: 0,
    call(operation: string, input: Record<string, unknown>): unknown {
      store.calls++;
      if (store.isAway) throw new TypeError("fetch failed");
      const group = String(input.logGroupName);
      const stream = String(input.logStreamName);
      if (operation === "CreateLogGroup") return groups.add(group);
      if (!groups.has(group)) throw missing("group");
      if (operation === "CreateLogStream") return streams.add(stream);
      if (!streams.has(stream)) throw missing("stream");
      store.puts++;
      const refusal = store.refusesOnce;
      store.refusesOnce = null;
      if (refusal) throw refusal;
      take(input as unknown as PutInput);
      if (store.losesAnswers-- > 0) throw new TypeError("socket hang up");
      return {};
    },
  };
  return store;
}

const missing = (what: string) =>
  new EcsError("ResourceNotFoundException", 400, `The specified log ${what} does not exist.`);

let dataDir: string;
let runtime: FakeRuntime;
let store: ReturnType<typeof createStore>;
let logs: TaskLogs;

const open = (over: Partial<TaskLogsDeps> = {}) =>
  openTaskLogs({
    runtime,
    dataDir,
    region: "us-east-1",
    clientFor: ({ region }) => ({
      async call(operation, input) {
        store.regions.add(region);
        return store.call(operation, input as Record<string, unknown>);
      },
    }),
    bootId: "boot",
    spoolMaxBytes: 1_000_000,
    log,
    retry: { minMs: 5, maxMs: 20, factor: 2 },
    ...over,
  });

async function startContainer(options: Record<string, string> = STREAM, name = "c") {
  const id = await runtime.create({ name, body: { Image: "roadstead/busybox:latest" } });
  await logs.prepare(task, awslogs(options), id);
  await runtime.start(id);
  logs.follow(id);
  return id;
}

const write = (id: string, from: number, to: number) => {
  for (let i = from; i <= to; i++) runtime.write(id, `line ${i}`);
};
const linesUpTo = (to: number) => Array.from({ length: to }, (_, i) => `line ${i + 1}`);
const spools = () => readdir(join(dataDir, "logs"));

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "roadstead-logs-"));
  runtime = createFakeRuntime();
  store = createStore();
  logs = await open();
});

afterEach(async () => {
  await logs.close();
  await rm(dataDir, { recursive: true, force: true });
});

test("lines arrive in order in the stream and region that were asked for, and nothing stays of a container that is gone", async () => {
  const id = await startContainer();
  write(id, 1, 3);
  await within(() => expect(store.lines).toEqual(linesUpTo(3)));
  write(id, 4, 5);
  runtime.exit(id, 0);
  await within(() => expect(store.lines).toEqual(linesUpTo(5)));
  expect([[...store.streams], [...store.regions]]).toEqual([["web/app/1"], ["eu-west-1"]]);
  await logs.finish(task.arn);
  await within(async () => expect(await spools()).toEqual([]));
});

test("without a prefix the stream is the container's id", async () => {
  const id = await startContainer({});
  write(id, 1, 1);
  await within(() => expect(store.lines).toHaveLength(1));
  expect([...store.streams]).toEqual([id]);
});

test("while the store is away containers start and write, and all of it arrives afterwards", async () => {
  store.isAway = true;
  const id = await startContainer();
  write(id, 1, 100);
  expect((await runtime.inspect(id))?.status).toBe("running");
  await within(async () => expect(await spools()).toHaveLength(1));
  store.isAway = false;
  write(id, 101, 200);
  await within(() => expect(store.lines).toEqual(linesUpTo(200)));
});

test("what the store will never take is given up, and what comes behind it arrives", async () => {
  const id = await startContainer();
  for (const code of ["SerializationException", "ValidationException", "InvalidParameterException"]) {
    store.refusesOnce = new EcsError(code, 400, "no");
    runtime.write(id, `bad ${code}`);
    await within(() => expect(store.refusesOnce).toBe(null));
    runtime.write(id, `good ${code}`);
    await within(() => expect(store.lines.at(-1)).toBe(`good ${code}`));
  }
  expect(store.lines).toHaveLength(3);
});

test("once the store answers one container, those that wait long for it go on too", async () => {
  await logs.close();
  logs = await open({ retry: { minMs: 5, maxMs: 60_000, factor: 10_000 } });
  const ids = [await startContainer(), await startContainer({}, "d")];
  store.isAway = true;
  const before = store.calls;
  for (const id of ids) write(id, 1, 3);
  await within(() => expect(store.calls).toBe(before + 4));
  store.isAway = false;
  write(await startContainer({ "awslogs-stream": "other" }, "e"), 1, 1);
  await within(() => expect(store.lines).toHaveLength(7));
});

test("a batch whose answer was lost is not doubled", async () => {
  store.losesAnswers = 2;
  const id = await startContainer();
  write(id, 1, 10);
  await within(() => expect(store.puts).toBeGreaterThanOrEqual(3));
  write(id, 11, 12);
  await within(() => expect(store.lines).toEqual(linesUpTo(12)));
});

test("the next agent goes on exactly where the one before ended, whatever the store had taken by then", async () => {
  const id = await startContainer();
  for (let life = 0; life < 6; life++) {
    store.isAway = life % 3 === 1;
    store.losesAnswers = life === 2 ? 1 : 0;
    write(id, life * 20 + 1, life * 20 + 10);
    if (life % 2 === 0) await within(() => expect(store.puts).toBeGreaterThan(0));
    await logs.close();
    write(id, life * 20 + 11, life * 20 + 20);
    logs = await open();
  }
  store.isAway = false;
  await within(() => expect(store.lines).toHaveLength(120));
  expect(store.lines).toEqual(linesUpTo(120));
});

test("what was spooled of a removed container is still sent, also by the next agent", async () => {
  const id = await startContainer();
  store.isAway = true;
  write(id, 1, 50);
  runtime.exit(id, 0);
  await logs.finish(task.arn);
  runtime.vanish(id);
  await logs.close();
  store.isAway = false;
  logs = await open();
  await within(() => expect(store.lines).toEqual(linesUpTo(50)));
  await within(async () => expect(await spools()).toEqual([]));
});

test("a full spool makes the reader wait, and costs no line that the engine still has", async () => {
  await logs.close();
  logs = await open({ spoolMaxBytes: 40_000 });
  const id = await startContainer();
  store.isAway = true;
  for (let i = 0; i < 20; i++) {
    write(id, i * 500 + 1, (i + 1) * 500);
  }
  await within(async () => expect(await spools()).toHaveLength(1));
  store.isAway = false;
  await within(() => expect(store.lines).toHaveLength(10_000));
  expect(store.lines).toEqual(linesUpTo(10_000));
});

test("a container that is started again is followed again", async () => {
  const id = await startContainer();
  write(id, 1, 2);
  runtime.exit(id, 1);
  await within(() => expect(store.lines).toEqual(linesUpTo(2)));
  await runtime.start(id);
  logs.follow(id);
  write(id, 3, 4);
  await within(() => expect(store.lines).toEqual(linesUpTo(4)));
});

test("a group that is not there refuses the start, unless it is to be made", async () => {
  store.groups.clear();
  await expect(startContainer()).rejects.toMatchObject({
    code: "ResourceNotFoundException",
    message: "ResourceNotFoundException: The specified log group does not exist.",
  });
  expect(await spools()).toEqual([]);
  runtime.vanish("c");
  const id = await startContainer({ ...STREAM, "awslogs-create-group": "true" });
  write(id, 1, 1);
  await within(() => expect(store.lines).toEqual(linesUpTo(1)));
});

test("a stream that is deleted is made again, and lines of a group that is gone are given up with the task", async () => {
  const id = await startContainer();
  store.streams.clear();
  write(id, 1, 1);
  await within(() => expect(store.lines).toEqual(linesUpTo(1)));
  store.groups.clear();
  write(id, 2, 2);
  runtime.exit(id, 0);
  await logs.finish(task.arn);
  await within(async () => expect(await spools()).toEqual([]));
});
