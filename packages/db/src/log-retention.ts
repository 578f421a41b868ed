/** Removes what log groups no longer keep, and the chunks of deleted groups and streams; a loop of the api calls this. */
import type { Db } from "./connect.ts";
import { DAY_MS, dropOldLogPartitions, ensureLogPartition } from "./log-partitions.ts";

const BATCH = 500;

/** Answers how many chunks were removed. Replicas may do it at the same time. */
export async function sweepLogs(db: Db, nowMs: number): Promise<number> {
  // Tomorrow's is made ahead: at midnight every writer would wait for it.
  await ensureLogPartition(db, nowMs + DAY_MS);
  let removed = await removeDeleted(db);
  const groups = await db.query<{ id: string; days: number }>(
    "SELECT id, retention_days AS days FROM log_groups WHERE retention_days IS NOT NULL",
  );
  for (const { id, days } of groups) removed += await trim(db, id, nowMs - days * DAY_MS);
  await dropOldLogPartitions(db, nowMs);
  return removed;
}

async function removeDeleted(db: Db): Promise<number> {
  let removed = 0;
  for (const { id, kind } of await db.query<{ id: string; kind: "group" | "stream" }>(
    "SELECT id, kind FROM log_removals",
  )) {
    const column = kind === "group" ? "group_id" : "stream_id";
    removed += await inBatches(async () => {
      const rows = await db.query(
        `DELETE FROM log_chunks WHERE (stream_id, first_ms, seq) IN
           (SELECT stream_id, first_ms, seq FROM log_chunks WHERE ${column} = $1 LIMIT ${BATCH}) RETURNING 1`,
        [id],
      );
      return rows.length;
    });
    await db.query("DELETE FROM log_removals WHERE id = $1", [id]);
  }
  return removed;
}

const trim = (db: Db, groupId: string, beforeMs: number): Promise<number> =>
  inBatches(async () => {
    const [row] = await db.query<{ count: number }>(
      `WITH gone AS (DELETE FROM log_chunks WHERE (stream_id, first_ms, seq) IN
           (SELECT stream_id, first_ms, seq FROM log_chunks WHERE group_id = $1 AND first_ms < $2 AND last_ms < $2 LIMIT ${BATCH})
         RETURNING stream_id, octet_length(body) AS size),
       freed AS (UPDATE log_streams s SET stored_bytes = s.stored_bytes - g.size
         FROM (SELECT stream_id, sum(size) AS size FROM gone GROUP BY stream_id) g WHERE s.id = g.stream_id)
       SELECT count(*)::int AS count FROM gone`,
      [groupId, beforeMs],
    );
    return row?.count ?? 0;
  });

async function inBatches(remove: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let batch = BATCH; batch === BATCH; total += batch) batch = await remove();
  return total;
}
