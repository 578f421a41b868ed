import { expect, test } from "vitest";
import { createLogger, wideEvent } from "./log.ts";
import { withTrace } from "./trace.ts";

function recorder() {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { lines, log: createLogger({ service: "test", destination: { write } }) };
}

test("a unit of work writes one line with what it was, how it ended and how long it took", async () => {
  const { lines, log } = recorder();
  const result = await wideEvent(log)("cluster.place", { clusterId: "c1" }, async (event) => {
    event.add({ placed: 3 });
    return 42;
  });
  expect(result).toBe(42);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: "info",
    service: "test",
    op: "cluster.place",
    outcome: "ok",
    clusterId: "c1",
    placed: 3,
    durationMs: expect.any(Number),
  });
});

test("work that throws has one line with the error, its causes and what was added, and the caller gets the error", async () => {
  const { lines, log } = recorder();
  const failure = new Error("outer", { cause: new Error("inner") });
  const work = wideEvent(log)("cluster.place", { clusterId: "c1" }, async (event) => {
    event.add({ seen: 1 });
    throw failure;
  });
  await expect(work).rejects.toBe(failure);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: "error", outcome: "error", clusterId: "c1", seen: 1 });
  expect(JSON.stringify(lines[0])).toContain("inner");
});

test("work may end with an outcome of its own", async () => {
  const { lines, log } = recorder();
  await wideEvent(log)("op", {}, async (event) => event.outcome("stale"));
  expect(lines[0]).toMatchObject({ level: "info", outcome: "stale" });
});

test("lines written under a trace carry its id, others none", () => {
  const { lines, log } = recorder();
  log.info("outside");
  withTrace(`00-${"a".repeat(32)}-${"b".repeat(16)}-01`, () => log.info("inside"));
  expect(lines.map((line) => line.traceId)).toEqual([undefined, "a".repeat(32)]);
});
