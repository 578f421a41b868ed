/** Acknowledgements are written together and settled only when they are written. */
import type { Db } from "@roadstead/db/connect";
import { createLogger } from "@roadstead/service-kit/log";
import { describe, expect, test } from "vitest";
import { createAckBatches } from "./ack-batches.ts";

function batches(query: () => Promise<never[]> = async () => []) {
  const queries: unknown[][] = [];
  const db = {
    query: (_: string, values: unknown[]) => {
      queries.push(values);
      return query();
    },
  } as unknown as Db;
  return { queries, acks: createAckBatches({ db, log: createLogger({ service: "test", level: "silent" }) }) };
}

const ack = (instanceId: string, taskId: string, onWritten: () => void = () => undefined) => ({
  session: { instanceId, epoch: 1 },
  taskId,
  desiredStatus: "RUNNING" as const,
  onWritten,
});

describe("acknowledgements", () => {
  test("of one moment are one write a session", async () => {
    const { acks, queries } = batches();
    for (const taskId of ["t1", "t2", "t3"]) acks.add(ack("i1", taskId));
    acks.add(ack("i2", "t4"));
    await acks.flush();
    expect(queries.map(([instanceId, , ids]) => [instanceId, ids])).toEqual([
      ["i1", ["t1", "t2", "t3"]],
      ["i2", ["t4"]],
    ]);
    await acks.flush();
    expect(queries).toHaveLength(2);
  });

  test("are settled when written, and not when the write fails", async () => {
    const settled: string[] = [];
    const good = batches();
    good.acks.add(ack("i1", "t1", () => settled.push("t1")));
    await good.acks.flush();
    const bad = batches(() => Promise.reject(new Error("database is away")));
    bad.acks.add(ack("i1", "t2", () => settled.push("t2")));
    await bad.acks.flush();
    expect(settled).toEqual(["t1"]);
  });

  test("are written soon without a flush", async () => {
    const { acks, queries } = batches();
    acks.add(ack("i1", "t1"));
    await expect.poll(() => queries.length, { timeout: 10_000, interval: 1 }).toBe(1);
  });
});
