/** The day partitions of `log_chunks`; writing logs makes them, the sweep drops them. */
import type { Db, WriteTx } from "./connect.ts";

export const DAY_MS = 86_400_000;

/** Events are taken when they are at most 14 days old; a day that cannot be written to any more may go. */
const WRITTEN_DAYS = 16;

const known = new WeakMap<Db, Set<number>>();

/** Makes the partition of the day that holds `atMs`, once per process. */
export async function ensureLogPartition(db: Db, atMs: number): Promise<void> {
  const day = Math.floor(atMs / DAY_MS);
  const made = known.get(db) ?? new Set<number>();
  known.set(db, made);
  if (made.has(day)) return;
  await db.write(async (tx) => {
    await lockPartitions(tx);
    // All of the name and the bounds are numbers of ours, so they may stand in the statement.
    await tx.query(
      `CREATE TABLE IF NOT EXISTS ${nameOf(day)} PARTITION OF log_chunks
       FOR VALUES FROM (${day * DAY_MS}) TO (${(day + 1) * DAY_MS})`,
    );
  });
  made.add(day);
}

/** Drops days that no group keeps, and emptied ones. */
export async function dropOldLogPartitions(db: Db, nowMs: number): Promise<number> {
  const today = Math.floor(nowMs / DAY_MS);
  const partitions = await db.query<{ name: string }>(
    "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'log_chunks'::regclass",
  );
  const [longest] = await db.query<{ forEver: boolean; days: number }>(
    `SELECT coalesce(bool_or(retention_days IS NULL), false) AS "forEver",
       coalesce(max(retention_days), 0) AS days FROM log_groups`,
  );
  let dropped = 0;
  for (const { name } of partitions) {
    const age = today - Number(name.slice(PREFIX.length));
    if (!(age > WRITTEN_DAYS)) continue;
    const isKept = longest?.forEver || age <= (longest?.days ?? 0) + 1;
    if (isKept && (await db.query(`SELECT 1 FROM ${name} LIMIT 1`)).length > 0) continue;
    await db.write(async (tx) => {
      await lockPartitions(tx);
      await tx.query(`DROP TABLE IF EXISTS ${name}`);
    });
    dropped++;
  }
  return dropped;
}

const PREFIX = "log_chunks_";
const nameOf = (day: number) => `${PREFIX}${day}`;

const lockPartitions = (tx: WriteTx) =>
  tx.query("SELECT pg_advisory_xact_lock(hashtextextended('log_chunks', 0))");
