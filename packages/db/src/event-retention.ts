/** Drops old rows of the event log, a bounded number at a time; the scheduler calls this in its sweep. */
import type { Db } from "./connect.ts";

const KEPT_DAYS = 7;
const BATCH_ROWS = 10_000;

/** Looks at the oldest rows alone: the log is in the order of its ids, so what is young ends the search. */
export async function dropOldEvents(db: Pick<Db, "query">): Promise<number> {
  const dropped = await db.query(
    `DELETE FROM events WHERE id IN (
       SELECT id FROM (SELECT id, at FROM events ORDER BY id LIMIT $1) oldest
       WHERE at < now() - make_interval(days => $2)) RETURNING 1`,
    [BATCH_ROWS, KEPT_DAYS],
  );
  return dropped.length;
}
