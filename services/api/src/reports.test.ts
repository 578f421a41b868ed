import type { Db } from "@roadstead/db/connect";
import type { TaskChange } from "@roadstead/model/task-transition";
import { describe, expect, test } from "vitest";
import { groupReports } from "./reports.ts";

/** A database that notes which tasks each transaction locked, and fails as told. */
function aDb(failing: (tasks: readonly string[]) => Error | null = () => null) {
  const groups: (readonly string[])[] = [];
  const write = async <T>(change: (tx: never) => Promise<T>): Promise<T> => {
    let tasks: readonly string[] = [];
    const query = async (_text: string, [ids]: readonly (readonly string[])[]) => {
      tasks = ids ?? [];
      return [];
    };
    const result = await change({ query, bell: () => {} } as never);
    groups.push(tasks);
    const failure = failing(tasks);
    if (failure) throw failure;
    return result;
  };
  return { groups, db: { write } as unknown as Pick<Db, "write"> };
}
const change = (taskId: string): TaskChange => ({ taskId });
const dataError = () => Object.assign(new Error("invalid text"), { code: "22021" });

describe("reports", () => {
  test("that arrive together are one transaction, in their order", async () => {
    const { db, groups } = aDb();
    const reports = groupReports(db);
    await Promise.all([["c"], ["a", "b"], ["d"]].map((tasks) => reports.submit(tasks.map(change))));
    expect(groups).toEqual([["c", "a", "b", "d"]]);
    await reports.submit([change("e")]);
    expect(groups).toHaveLength(2);
  });

  test("are committed at once when a group is full, and at most 500 together", async () => {
    const { db, groups } = aDb();
    const reports = groupReports(db);
    await Promise.all(Array.from({ length: 1_100 }, (_, i) => reports.submit([change(`t${i}`)])));
    expect(groups.flat()).toEqual(Array.from({ length: 1_100 }, (_, i) => `t${i}`));
    expect(groups.every(({ length }) => length <= 500)).toBe(true);
  });

  test("of a group that could not be committed all fail, and the next group is tried", async () => {
    let broken = true;
    const { db, groups } = aDb(() => (broken ? new Error("gone") : null));
    const reports = groupReports(db);
    const results = await Promise.allSettled([reports.submit([change("a")]), reports.submit([change("b")])]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(groups).toHaveLength(1);
    broken = false;
    await reports.submit([change("c")]);
  });

  test("do not fail with one among them that the database cannot hold", async () => {
    const { db } = aDb((tasks) => (tasks.includes("bad") ? dataError() : null));
    const reports = groupReports(db);
    const results = await Promise.allSettled(["a", "bad", "b"].map((task) => reports.submit([change(task)])));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  test("are turned away when too many wait, and none of those that wait is lost", async () => {
    const hold = Promise.withResolvers<void>();
    const { db, groups } = aDb();
    const slow = {
      write: async <T>(work: (tx: never) => Promise<T>) => {
        await hold.promise;
        return db.write(work as never) as Promise<T>;
      },
    };
    const reports = groupReports(slow as unknown as Pick<Db, "write">);
    const results = Array.from({ length: 12_000 }, (_, i) => reports.submit([change(`t${i}`)]));
    const settled = Promise.allSettled(results);
    await expect(results.at(-1)).rejects.toThrow("Rate exceeded");
    hold.resolve();
    const kept = (await settled).filter(({ status }) => status === "fulfilled").length;
    expect(kept).toBeGreaterThanOrEqual(10_000);
    expect(groups.flat()).toHaveLength(kept);
  });

  test("that wait are committed before closing, and none is taken afterwards", async () => {
    const { db, groups } = aDb();
    const reports = groupReports(db);
    const waiting = reports.submit([change("a")]);
    await reports.close();
    await waiting;
    expect(groups).toEqual([["a"]]);
    await expect(reports.submit([change("b")])).rejects.toThrow("stopping");
  });
});
