/** What every `ContainerRuntime` must do; each implementation's test calls this once. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type ContractSubject, OPEN_FILES } from "./contract-subject.ts";
import { failureTests } from "./failure-contract.ts";
import { networkTests } from "./network-contract.ts";
import { pullTests } from "./pull-contract.ts";
import type { ContainerEvent, ContainerRuntime, LogEntry } from "./runtime.ts";

/** Long enough apart for the engine's clock. */
const WRITES = "echo one; echo two >&2; sleep 0.2; echo three";
const DEADLINE = { timeout: 10_000, interval: 20 };

export function runtimeContract(name: string, subject: ContractSubject): void {
  let runtime: ContainerRuntime;
  const opened = subject.open();
  const removeAll = async () => {
    for (const { id } of await runtime.list([subject.label])) await runtime.remove(id);
    expect(await runtime.list([subject.label])).toEqual([]);
  };
  beforeAll(async () => {
    runtime = await opened;
  });
  describe(`${name} as a container runtime`, () => {
    afterAll(removeAll);
    lifecycleTests(opened, subject);
    observationTests(opened, subject);
  });
  describe(`${name} in trouble`, () => {
    afterEach(removeAll);
    failureTests(subject, () => runtime);
  });
  describe(`${name} and networks`, () => {
    networkTests(subject, () => runtime);
  });
  describe(`${name} and registries`, () => {
    pullTests(subject, () => runtime);
  });
}

const specOf = (subject: ContractSubject) => (container: string) => ({
  name: `${subject.label}-${container}`,
  body: {
    Image: subject.image,
    Cmd: ["sleep", "60"],
    Labels: { [subject.label]: container },
    HostConfig: { NetworkMode: "none", Ulimits: OPEN_FILES },
  },
});

function lifecycleTests(opened: Promise<ContainerRuntime>, subject: ContractSubject): void {
  const spec = specOf(subject);
  test("a container goes from created over running to exited", async () => {
    const runtime = await opened;
    const id = await runtime.create(spec("life"));
    expect(await runtime.inspect(id)).toMatchObject({
      id,
      status: "created",
      startedAt: null,
      exitCode: null,
    });
    await runtime.start(id);
    const running = await runtime.inspect(id);
    expect(running).toMatchObject({ status: "running", labels: { [subject.label]: "life" } });
    expect(running?.startedAt).toBeGreaterThan(0);
    await runtime.kill(id, "SIGKILL");
    await vi.waitFor(async () => {
      expect(await runtime.inspect(id)).toMatchObject({
        status: "exited",
        exitCode: 137,
        oomKilled: false,
      });
    }, DEADLINE);
    await runtime.remove(id);
    expect(await runtime.inspect(id)).toBeNull();
  });

  test("a name is used once, and the container that has it is found by it", async () => {
    const runtime = await opened;
    const id = await runtime.create(spec("named"));
    await expect(runtime.create(spec("named"))).rejects.toMatchObject({ kind: "Conflict" });
    expect((await runtime.inspect(`${subject.label}-named`))?.id).toBe(id);
  });

  test("starting, stopping and removing twice is no error", async () => {
    const runtime = await opened;
    const id = await runtime.create(spec("twice"));
    await runtime.start(id);
    await runtime.start(id);
    await runtime.stop(id, 0);
    await runtime.stop(id, 0);
    await runtime.remove(id);
    await runtime.remove(id);
  });

  test("an image that is not there is told apart", async () => {
    const runtime = await opened;
    const missing = { name: `${subject.label}-missing`, body: { Image: "roadstead.invalid/none:1" } };
    await expect(runtime.create(missing)).rejects.toMatchObject({ kind: "ImageNotFound" });
    expect(await runtime.inspectImage("roadstead.invalid/none:1")).toBeNull();
    expect(await runtime.inspectImage(subject.image)).not.toBeNull();
    await expect(runtime.pull("roadstead.invalid/none:1", {})).rejects.toMatchObject({
      kind: "PullFailed",
    });
  });

  test("what is not there is told apart", async () => {
    const runtime = await opened;
    await expect(runtime.start("f00f00f00f00")).rejects.toMatchObject({ kind: "NotFound" });
    expect(await runtime.inspect("f00f00f00f00")).toBeNull();
  });
}

function observationTests(opened: Promise<ContainerRuntime>, subject: ContractSubject): void {
  const spec = specOf(subject);

  test("events name what happened, and resuming from one misses none after it", async () => {
    const runtime = await opened;
    const id = await runtime.create(spec("events"));
    const seen = await collect(runtime, subject, { until: "start", id, act: () => runtime.start(id) });
    const started = seen.find(({ action }) => action === "start");
    await runtime.kill(id, "SIGKILL");
    await vi.waitFor(async () => expect((await runtime.inspect(id))?.status).toBe("exited"), DEADLINE);
    const later = await collect(runtime, subject, { until: "die", id, since: started?.timeNano ?? "0" });
    expect(later.find(({ action }) => action === "die")?.exitCode).toBe(137);
  });

  test("waiting answers with the exit code", async () => {
    const runtime = await opened;
    const id = await runtime.create(spec("wait"));
    await runtime.start(id);
    const waiting = runtime.wait(id, AbortSignal.timeout(DEADLINE.timeout));
    await runtime.kill(id, "SIGKILL");
    expect(await waiting).toBe(137);
  });

  test("a running container's usage is read without asking the engine to sample", async () => {
    const runtime = await opened;
    const id = await runtime.create(spec("usage"));
    await runtime.start(id);
    expect((await runtime.usage(id))?.memoryBytes).toBeGreaterThan(0);
    expect(await runtime.stats(id)).toMatchObject({ memory_stats: { usage: expect.any(Number) } });
    await runtime.stop(id, 0);
    expect(await runtime.usage(id)).toBeNull();
    expect(await runtime.stats(id)).toBeNull();
  });

  test("its output is read from the beginning or from a moment, to its end", async () => {
    const runtime = await opened;
    const id = await runtime.create({
      ...spec("output"),
      body: { ...spec("output").body, Cmd: ["sh", "-c", WRITES] },
    });
    await runtime.start(id);
    await subject.wrote?.(id);
    const all = await outputOf(runtime, id, 0);
    expect(all.map(({ source, text }) => [source, text]).sort()).toEqual([
      ["stderr", "two"],
      ["stdout", "one"],
      ["stdout", "three"],
    ]);
    const third = all.find(({ text }) => text === "three");
    const since = Math.floor(Date.parse(third?.time ?? ""));
    // The engine may read late what was written in time, and stamps all of that alike.
    const later = all.filter(({ time }) => Date.parse(time) >= since).map(({ text }) => text);
    expect((await outputOf(runtime, id, since)).map(({ text }) => text).sort()).toEqual(later.sort());
    await expect(outputOf(runtime, "f00f00f00f00", 0)).rejects.toMatchObject({ kind: "NotFound" });
  });

  test("a volume is made and removed, both as often as one likes", async () => {
    const runtime = await opened;
    const volume = { name: `${subject.label}-volume` };
    await runtime.createVolume(volume);
    await runtime.createVolume(volume);
    await runtime.removeVolume(volume.name);
    await runtime.removeVolume(volume.name);
  });
}

async function outputOf(runtime: ContainerRuntime, id: string, sinceMs: number) {
  const entries: LogEntry[] = [];
  const signal = AbortSignal.timeout(DEADLINE.timeout);
  for await (const some of runtime.logs(id, { sinceMs, signal })) entries.push(...some);
  expect(signal.aborted).toBe(false);
  return entries;
}

interface Collecting {
  readonly until: ContainerEvent["action"];
  readonly id: string;
  readonly since?: string;
  readonly act?: () => Promise<void>;
}

async function collect(runtime: ContainerRuntime, subject: ContractSubject, options: Collecting) {
  const ending = new AbortController();
  const seen: ContainerEvent[] = [];
  const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(DEADLINE.timeout)]);
  const since = options.since ?? "1";
  const acted = options.act?.();
  for await (const event of runtime.events({ labels: [subject.label], since, signal })) {
    if (event.containerId !== options.id) continue;
    seen.push(event);
    if (event.action === options.until) ending.abort();
  }
  await acted;
  expect(seen.map(({ action }) => action)).toContain(options.until);
  return seen;
}
