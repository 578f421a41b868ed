/** Guarantees of bell rows on real PostgreSQL. */
import { describe, expect, test } from "vitest";
import {
  BELL_ATTEMPTS_MAX,
  claimOverdueBells,
  failBell,
  listDeadLetters,
  newestBell,
  overdueBellLag,
  takeBells,
} from "./bells.ts";
import type { Db } from "./connect.ts";
import { useDb } from "./world.test-data.ts";

const at = useDb();

const ring = (key: string, delayMs = 0) => at.db.write(async (tx) => tx.bell("placeTasks", key, delayMs));
const keys = async () =>
  (await at.db.query<{ key: string }>("SELECT key FROM bells ORDER BY id")).map(({ key }) => key);
const claim = (limit = 10, db: Pick<Db, "query"> = at.db) => claimOverdueBells(db, ["placeTasks"], { limit });
/** Makes the bells of a key older by so much, as if time had passed. */
const age = (key: string, seconds: number) =>
  at.db.query(
    `UPDATE bells SET created_at = created_at - make_interval(secs => $2),
       not_before = not_before - make_interval(secs => $2) WHERE key = $1`,
    [key, seconds],
  );
/** Claims at the moment at which the key's bell is due in so many seconds, or was, however slow this machine is. */
const claimWhenDueIn = (key: string, seconds: number) =>
  at.db.write(async (tx) => {
    await tx.query(
      `UPDATE bells SET created_at = created_at + (now() + make_interval(secs => $2) - not_before),
         not_before = now() + make_interval(secs => $2) WHERE key = $1`,
      [key, seconds],
    );
    return claim(10, tx);
  });
const handle = (key: string) =>
  at.db.write(async (tx) => takeBells(tx, "placeTasks", key, await newestBell(tx, "placeTasks", key)));

describe("a transaction's bells", () => {
  test("are one row and one ring for each key, after its commit only", async () => {
    await at.db.write(async (tx) => {
      tx.bell("placeTasks", "a");
      tx.bell("placeTasks", "a");
      tx.bell("placeTasks", "b");
      expect(at.rung).toEqual([]);
    });
    expect(at.rung.map(({ key }) => key)).toEqual(["a", "b"]);
    expect(await keys()).toEqual(["a", "b"]);
  });

  test("vanish with a transaction that fails", async () => {
    const failing = at.db.write(async (tx) => {
      tx.bell("placeTasks", "a");
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect([await keys(), at.rung]).toEqual([[], []]);
  });
});

describe("taking", () => {
  test("removes what the snapshot saw and leaves what rang later", async () => {
    await ring("a");
    const seen = await at.db.read((tx) => newestBell(tx, "placeTasks", "a"));
    await ring("a");
    await ring("b");
    await at.db.write((tx) => takeBells(tx, "placeTasks", "a", seen));
    expect(await keys()).toEqual(["a", "b"]);
  });

  test("leaves a timer that is not due, and takes it once it is", async () => {
    await ring("a", 60_000);
    await ring("a");
    await handle("a");
    expect(await keys()).toEqual(["a"]);
    await age("a", 61);
    await handle("a");
    expect(await keys()).toEqual([]);
  });

  test("takes a bell in back-off when its key was handled after all", async () => {
    await ring("a");
    await failBell(at.db, "placeTasks", "a", "once");
    await handle("a");
    expect(await keys()).toEqual([]);
  });

  test("nothing that was not seen", async () => {
    await ring("a");
    await at.db.write((tx) => takeBells(tx, "placeTasks", "a", 0));
    expect(await keys()).toEqual(["a"]);
  });
});

describe("claiming", () => {
  test("leaves a fresh bell to its ring for half a second", async () => {
    await ring("a");
    expect(await claimWhenDueIn("a", -0.4)).toEqual([]);
    expect(await claimWhenDueIn("a", -0.6)).toEqual([{ kind: "placeTasks", key: "a" }]);
  });

  test("takes up a timer as soon as it is due, and not before", async () => {
    await ring("timer", 10_000);
    expect(await claimWhenDueIn("timer", 0.1)).toEqual([]);
    expect(await claimWhenDueIn("timer", -0.1)).toHaveLength(1);
  });

  test("takes up a back-off as soon as it is over", async () => {
    await ring("a");
    await failBell(at.db, "placeTasks", "a", "once");
    expect(await claimWhenDueIn("a", 0.1)).toEqual([]);
    expect(await claimWhenDueIn("a", -0.1)).toHaveLength(1);
  });

  test("holds for some seconds, then another may try", async () => {
    await ring("a");
    await age("a", 1);
    expect(await claim()).toHaveLength(1);
    expect(await claim()).toEqual([]);
    await at.db.query("UPDATE bells SET claimed_until = now() - interval '1 second'");
    expect(await claim()).toHaveLength(1);
  });

  test("is shared among replicas: each key goes to one of them", async () => {
    for (let i = 0; i < 20; i++) await ring(`k${i}`);
    await at.db.query(
      "UPDATE bells SET not_before = not_before - interval '1 second', created_at = created_at - interval '1 second'",
    );
    const claimed = await Promise.all([claim(5), claim(5), claim(5), claim(5), claim(5)]);
    const all = claimed.flat().map(({ key }) => key);
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeLessThanOrEqual(20);
    expect(claimed.every((some) => some.length <= 5)).toBe(true);
  });

  test("looks at the kinds that were asked for", async () => {
    await ring("a");
    await age("a", 1);
    expect(await claimOverdueBells(at.db, ["deliver"], { limit: 10 })).toEqual([]);
  });
});

describe("failing", () => {
  test("puts a bell back with growing delay and its error", async () => {
    await ring("a");
    const delays: number[] = [];
    for (let attempt = 1; attempt < BELL_ATTEMPTS_MAX; attempt++) {
      // In one transaction, which has one clock.
      const [row] = await at.db.write(async (tx) => {
        const fate = await failBell({ write: (change) => change(tx) }, "placeTasks", "a", `error ${attempt}`);
        expect(fate).toBe("retried");
        return tx.query<{ delay: number; error: string }>(
          "SELECT extract(epoch FROM not_before - now())::float8 AS delay, last_error AS error FROM bells",
        );
      });
      expect(row?.error).toBe(`error ${attempt}`);
      delays.push(row?.delay ?? 0);
    }
    expect(delays).toEqual([0.5, 1, 2, 4, 8, 16, 32, 60, 60]);
  });

  test("ten times makes it a dead letter with its last error", async () => {
    await ring("a");
    for (let attempt = 1; attempt < BELL_ATTEMPTS_MAX; attempt++)
      await failBell(at.db, "placeTasks", "a", "early");
    expect(await failBell(at.db, "placeTasks", "a", "last")).toBe("dead");
    expect(await keys()).toEqual([]);
    expect(await listDeadLetters(at.db)).toMatchObject([
      { kind: "placeTasks", key: "a", attempts: BELL_ATTEMPTS_MAX, lastError: "last" },
    ]);
  });

  test("leaves a timer of the same key where it was", async () => {
    await ring("a", 60_000);
    await ring("a");
    for (let attempt = 1; attempt <= BELL_ATTEMPTS_MAX; attempt++)
      await failBell(at.db, "placeTasks", "a", "no");
    const rows = await at.db.query<{ attempts: number; waits: boolean }>(
      "SELECT attempts, not_before > now() + interval '50 seconds' AS waits FROM bells",
    );
    expect(rows).toEqual([{ attempts: 0, waits: true }]);
  });

  test("concerns its key alone, and a key without bells not at all", async () => {
    await ring("b");
    expect(await failBell(at.db, "placeTasks", "a", "no")).toBe("retried");
    expect(await at.db.query("SELECT attempts FROM bells")).toEqual([{ attempts: 0 }]);
  });
});

test("lag is the age of the oldest overdue bell; timers that wait are no lag", async () => {
  await ring("timer", 60_000);
  expect(await overdueBellLag(at.db)).toEqual([]);
  await ring("a");
  await age("a", 3);
  const [lag] = await overdueBellLag(at.db);
  expect(lag).toMatchObject({ kind: "placeTasks", count: 1 });
  expect(lag?.oldestMs).toBeGreaterThanOrEqual(3_000);
});
