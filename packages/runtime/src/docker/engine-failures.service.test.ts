import { randomBytes } from "node:crypto";
import { beforeAll, expect, test, vi } from "vitest";
import { BUSYBOX_IMAGE, ensureBusyboxImage } from "../busybox-image.ts";
import { OPEN_FILES } from "../contract-subject.ts";
import type { ContainerRuntime } from "../runtime.ts";
import { openDockerRuntime } from "./docker-runtime.ts";

const LABEL = `com.roadstead.test.failures${randomBytes(4).toString("hex")}`;
const DEADLINE = { timeout: 15_000, interval: 50 };
let runtime: ContainerRuntime;

beforeAll(async () => {
  await ensureBusyboxImage();
  runtime = await openDockerRuntime({
    socketPath: process.env.ROADSTEAD_DOCKER_SOCKET ?? "/var/run/docker.sock",
  });
});

/** Makes and starts a container of the given document, and removes it after the test whatever happens. */
async function withContainer(
  name: string,
  body: Readonly<Record<string, unknown>>,
  use: (id: string) => Promise<void>,
): Promise<void> {
  const HostConfig = {
    NetworkMode: "none",
    Ulimits: OPEN_FILES,
    ...(body.HostConfig as Record<string, unknown> | undefined),
  };
  const id = await runtime.create({
    name: `${LABEL}-${name}`,
    body: { Image: BUSYBOX_IMAGE, Labels: { [LABEL]: name }, ...body, HostConfig },
  });
  try {
    await use(id);
  } finally {
    await runtime.remove(id);
  }
  expect(await runtime.inspect(id)).toBeNull();
}

/** On control groups v1 the engine may learn of it only after the end: then its event tells, and the state never does. */
test("a process the kernel ended for its memory is known as such, by its state or by an event", async () => {
  const memory = 16 * 1024 ** 2;
  const greedy = {
    Cmd: ["sh", "-c", "x=roadstead; while true; do x=$x$x; done"],
    HostConfig: { Memory: memory, MemorySwap: memory },
  };
  const ending = new AbortController();
  const told = new Set<string>();
  const following = (async () => {
    const options = { labels: [`${LABEL}=greedy`], since: "1", signal: ending.signal };
    for await (const { action, containerId } of runtime.events(options)) {
      if (action === "oom") told.add(containerId);
    }
  })();
  try {
    await withContainer("greedy", greedy, async (id) => {
      await runtime.start(id);
      await vi.waitFor(async () => {
        const state = await runtime.inspect(id);
        expect(state).toMatchObject({ status: "exited", exitCode: 137 });
        expect(state?.oomKilled || told.has(id)).toBe(true);
      }, DEADLINE);
    });
  } finally {
    ending.abort();
    await following.catch(() => undefined);
  }
});

test.each([
  ["true", "healthy"],
  ["false", "unhealthy"],
])("a health check that is %s makes its container %s", async (check, expected) => {
  const Healthcheck = { Test: ["CMD", check], Interval: 200_000_000, Timeout: 5_000_000_000, Retries: 1 };
  await withContainer(expected, { Cmd: ["sleep", "60"], Healthcheck }, async (id) => {
    await runtime.start(id);
    expect((await runtime.inspect(id))?.health).not.toBeNull();
    await vi.waitFor(async () => expect((await runtime.inspect(id))?.health).toBe(expected), DEADLINE);
  });
});

test("a program that is not in the image is a bad configuration, told in the engine's words", async () => {
  await withContainer("nothing", { Cmd: ["no-such-program"] }, async (id) => {
    await expect(runtime.start(id)).rejects.toMatchObject({ kind: "InvalidConfig" });
    const failed = await runtime.inspect(id);
    expect(failed).toMatchObject({ status: "created", exitCode: null, startedAt: null });
    expect(failed?.error).toContain("no-such-program");
  });
});

test("a process that does not heed the stop signal is killed after the given time", async () => {
  const stubborn = { Cmd: ["sh", "-c", 'trap "" TERM; while true; do sleep 0.05; done'] };
  await withContainer("stubborn", stubborn, async (id) => {
    await runtime.start(id);
    await runtime.stop(id, 1);
    expect(await runtime.inspect(id)).toMatchObject({ status: "exited", exitCode: 137, oomKilled: false });
  });
});

test("what a busy container uses grows", async () => {
  const busy = { Cmd: ["sh", "-c", "while true; do :; done"], HostConfig: { NanoCpus: 200_000_000 } };
  await withContainer("busy", busy, async (id) => {
    await runtime.start(id);
    const first = await runtime.usage(id);
    await vi.waitFor(async () => {
      expect((await runtime.usage(id))?.cpuNanos).toBeGreaterThan(
        first?.cpuNanos ?? Number.POSITIVE_INFINITY,
      );
    }, DEADLINE);
  });
});
