/** Moves tasks that stopped a while ago out of the hot tables; the scheduler's sweep calls this. */
import type { Db, WriteTx } from "./connect.ts";

/** ECS shows a stopped task for at least an hour. */
const STOPPED_VISIBLE_SECONDS = 3_600;
const HISTORY_DAYS = 30;
const BATCH = 500;
/** Launch requests are the idempotency record of their tokens for a day. */
const LAUNCH_REQUEST_HOURS = 24;

/** Archives in batches until nothing is left; replicas share the work. Answers how many tasks were moved. */
export async function archiveStoppedTasks(db: Db, visibleSeconds = STOPPED_VISIBLE_SECONDS): Promise<number> {
  let moved = 0;
  for (let batch = BATCH; batch === BATCH; moved += batch) {
    batch = await db.write((tx) => archiveBatch(tx, visibleSeconds));
  }
  await db.write((tx) => dropOldHistory(tx));
  await db.query(
    "DELETE FROM launch_requests WHERE created_at < now() - make_interval(hours => $1) AND status <> 'OPEN'",
    [LAUNCH_REQUEST_HOURS],
  );
  return moved;
}

async function archiveBatch(tx: WriteTx, visibleSeconds: number): Promise<number> {
  const due = await tx.query<{ taskId: string; day: string }>(
    `SELECT task_id AS "taskId", to_char(stopped_at AT TIME ZONE 'UTC', 'YYYYMMDD') AS day FROM task_state
     WHERE last_status = 'STOPPED' AND stopped_at < now() - make_interval(secs => $1)
     ORDER BY stopped_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [visibleSeconds, BATCH],
  );
  if (due.length === 0) return 0;
  for (const day of new Set(due.map((task) => task.day))) await ensurePartition(tx, day);
  const ids = due.map(({ taskId }) => taskId);
  await tx.query(
    `INSERT INTO task_history (task_id, scope_id, cluster_id, stopped_at, task, state)
     SELECT t.id, t.scope_id, t.cluster_id, s.stopped_at, to_jsonb(t), to_jsonb(s)
     FROM tasks t JOIN task_state s ON s.task_id = t.id WHERE t.id = ANY($1)`,
    [ids],
  );
  await tx.query("DELETE FROM task_metrics WHERE task_id = ANY($1)", [ids]);
  await tx.query("DELETE FROM tasks WHERE id = ANY($1)", [ids]);
  return due.length;
}

/** `day` is eight digits from `to_char`, so it may stand in the statement. */
async function ensurePartition(tx: WriteTx, day: string): Promise<void> {
  await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('task_history', 0))");
  await tx.query(
    `DO $$ BEGIN
       IF to_regclass('task_history_${day}') IS NULL THEN
         EXECUTE format('CREATE TABLE task_history_${day} PARTITION OF task_history FOR VALUES FROM (%L) TO (%L)',
           '${day} 00:00:00+00'::timestamptz, '${day} 00:00:00+00'::timestamptz + interval '1 day');
       END IF;
     END $$`,
  );
}

async function dropOldHistory(tx: WriteTx): Promise<void> {
  const partitions = await tx.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
     WHERE i.inhparent = 'task_history'::regclass
       AND c.relname < 'task_history_' || to_char(now() - make_interval(days => $1), 'YYYYMMDD')`,
    [HISTORY_DAYS],
  );
  for (const { name } of partitions) await tx.query(`DROP TABLE IF EXISTS ${name}`);
}
