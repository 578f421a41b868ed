/** Guarantees of migrations on an empty real PostgreSQL. */
import { usePostgres } from "@roadstead/testing/postgres";
import { expect, test } from "vitest";
import { type Db, openDb } from "./connect.ts";
import { appliedMigrations, migrate, releasedMigrations } from "./migrate.ts";

const postgres = usePostgres({ migrate: async () => {} });

async function withDb<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const db = openDb({ url: postgres.url(), max: 1 });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

test("an empty database has had none", () =>
  withDb(async (db) => expect(await appliedMigrations(db)).toBe(0)));

test("any number of replicas may start at once, and again later", async () => {
  await Promise.all(Array.from({ length: 4 }, () => migrate(postgres.url())));
  await withDb(async (db) => {
    expect(await appliedMigrations(db)).toBe(releasedMigrations());
    await migrate(postgres.url());
    expect(await appliedMigrations(db)).toBe(releasedMigrations());
    expect(await db.query("SELECT 1 FROM tasks")).toEqual([]);
  });
});
