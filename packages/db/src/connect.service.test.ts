/** Guarantees of transactions on real PostgreSQL. */
import { expect, test } from "vitest";
import { isUniqueViolation, openDb, sqlState } from "./connect.ts";
import { useDb } from "./world.test-data.ts";

const at = useDb();
const account = (id: string) => at.db.query("INSERT INTO accounts (account_id, name) VALUES ($1, 'x')", [id]);

test("a deadlock is tried again and both changes are made", async () => {
  await account("1");
  await account("2");
  const met = Promise.withResolvers<void>();
  let waiting = 0;
  const both = (first: string, second: string) => {
    let attempt = 0;
    return at.db.write(async (tx) => {
      attempt++;
      await tx.query("UPDATE accounts SET name = name || 'y' WHERE account_id = $1", [first]);
      if (attempt === 1) {
        if (++waiting === 2) met.resolve();
        await met.promise;
      }
      await tx.query("UPDATE accounts SET name = name || 'y' WHERE account_id = $1", [second]);
    });
  };
  await Promise.all([both("1", "2"), both("2", "1")]);
  expect(await at.db.query("SELECT name FROM accounts")).toEqual([{ name: "xyy" }, { name: "xyy" }]);
});

test("an error that is no conflict is not tried again", async () => {
  await account("1");
  let attempts = 0;
  const again = at.db.write(async (tx) => {
    attempts++;
    await tx.query("INSERT INTO accounts (account_id, name) VALUES ('1', 'x')");
  });
  const error = await again.catch((thrown: unknown) => thrown);
  expect([attempts, isUniqueViolation(error), sqlState(error), sqlState(null)]).toEqual([
    1,
    true,
    "23505",
    "",
  ]);
});

test("a read sees one instant and cannot write", async () => {
  await at.db.read(async (tx) => {
    const count = () => tx.query<{ n: number }>("SELECT count(*)::int AS n FROM accounts");
    expect(await count()).toEqual([{ n: 0 }]);
    await account("1");
    expect(await count()).toEqual([{ n: 0 }]);
  });
  const writing = at.db.read((tx) => tx.query("DELETE FROM accounts"));
  await expect(writing).rejects.toThrow("read-only");
  expect(await at.db.query("SELECT 1 FROM accounts")).toHaveLength(1);
});

test("a connection lost in a transaction is replaced", async () => {
  const db = openDb({ url: at.url(), max: 1, onPoolError: () => {} });
  const killed = db.write(async (tx) => {
    const [row] = await tx.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    await at.db.query("SELECT pg_terminate_backend($1)", [row?.pid ?? 0]);
    await tx.query("SELECT 1");
  });
  await expect(killed).rejects.toThrow();
  expect(await db.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await db.close();
});
