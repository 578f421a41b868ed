/** Opens what a stateful process shares: PostgreSQL, the queue its commits ring, and the master keys. */
import { readFile } from "node:fs/promises";
import { claimOverdueBells, failBell, overdueBellLag } from "@roadstead/db/bells";
import { type Db, openDb } from "@roadstead/db/connect";
import { appliedMigrations, releasedMigrations } from "@roadstead/db/migrate";
import { type MasterKey, parseMasterKeys } from "@roadstead/db/secrets";
import { createQueue, type Queue } from "@roadstead/queue/queue";
import type { Kit } from "@roadstead/service-kit/run-service";
import { z } from "zod";

export const backingSchema = z.object({
  ROADSTEAD_DATABASE_URL: z.url(),
  ROADSTEAD_REDIS_URL: z.string(),
  ROADSTEAD_QUEUE_PREFIX: z.string().default("roadstead"),
  ROADSTEAD_MASTER_KEY_FILE: z.string(),
  ROADSTEAD_DATABASE_CONNECTIONS: z.coerce.number().int().min(1).max(64).default(4),
  /** Where a bundle keeps the migrations it was built with; the sources know their own place. */
  ROADSTEAD_MIGRATIONS_DIR: z.string().optional(),
});

export interface Backing {
  readonly db: Db;
  readonly queue: Queue;
  readonly masterKeys: readonly MasterKey[];
}

/** Refuses a database older than this release; closes everything with the process. */
export async function openBacking(kit: Kit<z.output<typeof backingSchema>>): Promise<Backing> {
  const { config, log, metrics, readiness, shutdown } = kit;
  const masterKeys = parseMasterKeys(await readFile(config.ROADSTEAD_MASTER_KEY_FILE, "utf8"));
  let queue: Queue | undefined;
  const db = openDb({
    url: config.ROADSTEAD_DATABASE_URL,
    max: config.ROADSTEAD_DATABASE_CONNECTIONS,
    onCommittedBells: (bells) => void queue?.ring(bells),
    onPoolError: (error) => log.warn({ op: "db.pool", err: error }, "an idle connection failed"),
  });
  shutdown.add("database", () => db.close());
  await refuseOlderSchema(db, config.ROADSTEAD_MIGRATIONS_DIR);
  queue = createQueue({
    redisUrl: config.ROADSTEAD_REDIS_URL,
    prefix: config.ROADSTEAD_QUEUE_PREFIX,
    bellStore: {
      claimOverdueBells: (kinds, options) => claimOverdueBells(db, kinds, options),
      failBell: (kind, key, error) => failBell(db, kind, key, error),
      overdueBellLag: () => overdueBellLag(db),
    },
    log,
    metrics,
  });
  const opened = queue;
  shutdown.add("queue", () => opened.close());
  readiness.add("postgres", () => db.query("SELECT 1"));
  return { db, queue, masterKeys };
}

async function refuseOlderSchema(db: Db, migrationsFolder: string | undefined): Promise<void> {
  const released = releasedMigrations(migrationsFolder);
  const applied = await appliedMigrations(db);
  if (applied < released) {
    throw new Error(
      `the database has ${applied} of this release's ${released} migrations: run \`roadstead migrate\` first`,
    );
  }
}
