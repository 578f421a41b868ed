import { describe, expect, test } from "vitest";
import { readGroups, readUsage } from "./read-usage.ts";

const fixture = (path: string) => new URL(`./fixtures/${path}`, import.meta.url).pathname;

describe.each(["v1", "v2", "hybrid"])("control groups as in %s", (layout) => {
  test("usage is CPU in nanoseconds, and memory without the pages that can be dropped at once", async () => {
    const usage = await readUsage(fixture(`${layout}/cgroup`), 42, fixture(`${layout}/proc`));
    expect(usage).toEqual({ cpuNanos: 123_456_000, memoryBytes: 5_000_000 });
  });

  test("a process that has gone uses nothing that can be told", async () => {
    expect(await readUsage(fixture(`${layout}/cgroup`), 43, fixture(`${layout}/proc`))).toBeNull();
  });

  test("a group that has gone before its process is told apart from one that uses nothing", async () => {
    expect(await readUsage(fixture("none"), 42, fixture(`${layout}/proc`))).toBeNull();
  });
});

test("controllers that share a hierarchy have the same path, and a path may hold a colon", () => {
  const groups = readGroups("4:memory:/ecs/a\n2:cpu,cpuacct:/ecs/b:c\n0::/ecs/d\n\n");
  expect(Object.fromEntries(groups)).toEqual({
    memory: "/ecs/a",
    cpu: "/ecs/b:c",
    cpuacct: "/ecs/b:c",
    "": "/ecs/d",
  });
});
