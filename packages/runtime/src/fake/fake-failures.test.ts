import { expect, test } from "vitest";
import type { ContainerEvent } from "../runtime.ts";
import { createFakeRuntime } from "./fake-runtime.ts";

const LABEL = "com.roadstead.test.failures";
const IMAGE = "roadstead/busybox:latest";

const container = { name: "web", body: { Image: IMAGE, Labels: { [LABEL]: "web" } } };

test("the kernel ends a container that has used up its memory", async () => {
  const runtime = createFakeRuntime();
  const id = await runtime.create(container);
  await runtime.start(id);
  runtime.exit(id, 137, { oomKilled: true });
  expect(await runtime.inspect(id)).toMatchObject({ status: "exited", exitCode: 137, oomKilled: true });
});

test("a call that is made to fail beforehand has no effect, and one that fails afterwards has", async () => {
  const refused = createFakeRuntime();
  refused.intercept("create", "before", () => Promise.reject(new Error("refused")));
  await expect(refused.create(container)).rejects.toThrow("refused");
  expect(refused.all()).toEqual([]);

  const lost = createFakeRuntime();
  lost.intercept("create", "after", () => Promise.reject(new Error("answer lost")));
  await expect(lost.create(container)).rejects.toThrow("answer lost");
  expect(await lost.inspect("web")).toMatchObject({ status: "created" });
  expect(lost.created.get("web")).toBe(1);
});

test("a broken event stream fails as when the engine goes, and one resumed from its last event misses none", async () => {
  const runtime = createFakeRuntime();
  const signal = AbortSignal.timeout(5_000);
  const seen: ContainerEvent[] = [];
  const following = (async () => {
    for await (const event of runtime.events({ labels: [LABEL], signal })) seen.push(event);
  })();
  const id = await runtime.create(container);
  await expect.poll(() => seen.length).toBe(1);
  runtime.breakEvents();
  await expect(following).rejects.toMatchObject({ kind: "Unavailable" });
  await runtime.start(id);
  const since = seen[0]?.timeNano ?? "";
  const resumed = runtime.events({ labels: [LABEL], since, signal })[Symbol.asyncIterator]();
  expect((await resumed.next()).value).toMatchObject({ action: "create" });
  expect((await resumed.next()).value).toMatchObject({ action: "start" });
  await resumed.return?.();
});

test("a change of health is told and kept", async () => {
  const runtime = createFakeRuntime();
  const healthCheck = { Healthcheck: { Test: ["CMD", "true"] } };
  const id = await runtime.create({ ...container, body: { ...container.body, ...healthCheck } });
  await runtime.start(id);
  expect((await runtime.inspect(id))?.health).toBe("starting");
  runtime.setHealth(id, "unhealthy");
  expect((await runtime.inspect(id))?.health).toBe("unhealthy");
});
