/** The day partitions of `metric_data`: writing metrics makes them, the autoscaler's sweep drops them. */
import type { Db, WriteTx } from "./connect.ts";

const DAY_MS = 86_400_000;
/** CloudWatch keeps minutes for fifteen days, and so long back it takes them. */
const METRIC_KEPT_DAYS = 15;

const PREFIX = "metric_data_";
const known = new WeakMap<Db, Set<number>>();

/** Makes the partitions of the days that hold these times, once per process. */
export async function ensureMetricPartitions(db: Db, times: readonly number[]): Promise<void> {
  const made = known.get(db) ?? new Set<number>();
  known.set(db, made);
  for (const day of new Set(times.map((atMs) => Math.floor(atMs / DAY_MS)))) {
    if (made.has(day)) continue;
    await db.write(async (tx) => {
      await lockPartitions(tx);
      // All of the name and the bounds are numbers of ours, so they may stand in the statement.
      await tx.query(
        `CREATE TABLE IF NOT EXISTS ${PREFIX}${day} PARTITION OF metric_data
         FOR VALUES FROM (${day * DAY_MS}) TO (${(day + 1) * DAY_MS})`,
      );
    });
    made.add(day);
  }
}

/** Drops days that are too old, then the metrics that have nothing left; answers how many days went. */
export async function dropOldMetrics(db: Db, nowMs: number): Promise<number> {
  const oldest = Math.floor(nowMs / DAY_MS) - METRIC_KEPT_DAYS;
  const partitions = await db.query<{ name: string }>(
    "SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'metric_data'::regclass",
  );
  let dropped = 0;
  for (const { name } of partitions) {
    const day = Number(name.slice(PREFIX.length));
    if (!(day < oldest)) continue;
    await db.write(async (tx) => {
      await lockPartitions(tx);
      await tx.query(`DROP TABLE IF EXISTS ${name}`);
    });
    known.get(db)?.delete(day);
    dropped++;
  }
  await db.query("DELETE FROM metrics WHERE last_ms < $1", [oldest * DAY_MS]);
  return dropped;
}

const lockPartitions = (tx: WriteTx) =>
  tx.query("SELECT pg_advisory_xact_lock(hashtextextended('metric_data', 0))");
