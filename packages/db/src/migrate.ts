/** Brings a database to this release's schema (`roadstead migrate`), and lets a service refuse an older one. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/node-postgres";
import { migrate as applyMigrations } from "drizzle-orm/node-postgres/migrator";
import pg from "pg";
import type { Db } from "./connect.ts";

/** Any number of replicas may start at once; one migrates, the others wait. */
const ADVISORY_LOCK = 7_310_924;

/** Where the committed migrations are; bundles carry them beside themselves and pass that folder. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL("../migrations", import.meta.url));

export async function migrate(url: string, folder = MIGRATIONS_FOLDER): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // A connection that breaks fails its query too; unheard, the event would end the process without a word.
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCK]);
    await applyMigrations(drizzle(client), { migrationsFolder: folder });
  } finally {
    await client.end();
  }
}

/** How many migrations this release carries. */
export function releasedMigrations(folder = MIGRATIONS_FOLDER): number {
  const journal = JSON.parse(readFileSync(join(folder, "meta", "_journal.json"), "utf8")) as {
    entries: unknown[];
  };
  return journal.entries.length;
}

/** How many migrations the database has had, none for an empty one; a service asks before it starts. */
export async function appliedMigrations(db: Pick<Db, "query">): Promise<number> {
  const [journal] = await db.query<{ present: boolean }>(
    "SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS present",
  );
  if (!journal?.present) return 0;
  const [row] = await db.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM drizzle.__drizzle_migrations",
  );
  return row?.count ?? 0;
}
