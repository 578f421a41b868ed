/** Events that users put on the bus themselves, in the log beside ours; PutEvents calls this. */
import type { Db } from "./connect.ts";

export interface CustomEvent {
  /** The event's id, as it is answered and delivered. */
  readonly id: string;
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  /** JSON, as it was written. */
  readonly detail: string;
  /** Epoch milliseconds; null for now. */
  readonly timeMs: number | null;
}

export async function insertCustomEvents(
  db: Pick<Db, "query">,
  scopeId: number,
  events: readonly CustomEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await db.query(
    `INSERT INTO events (scope_id, kind, object_id, version, detail)
     SELECT $1, 'custom', e.id, 1, e.detail FROM unnest($2::text[], $3::jsonb[]) AS e(id, detail)`,
    [scopeId, events.map(({ id }) => id), events.map(({ id: _, ...event }) => JSON.stringify(event))],
    "custom-events-insert",
  );
}
