/** `roadstead migrate`: brings the database to this release's schema; for databases that others run. */
import { appliedMigrations, migrate, releasedMigrations } from "@roadstead/db/migrate";
import { databaseUrl, withDb } from "../database.ts";
import { openStack } from "../stack.ts";

export async function migrateCommand(): Promise<void> {
  const { settings, remembered } = openStack();
  const url = databaseUrl(settings, {
    postgresPort: remembered?.postgresPort ?? null,
  });
  await migrate(url);
  const applied = await withDb(url, appliedMigrations);
  process.stdout.write(`The database is at migration ${applied} of ${releasedMigrations()}.\n`);
}
