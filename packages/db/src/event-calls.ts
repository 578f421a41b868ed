/** What an API destination is called with, newest at each call; the event bus reads it. */
import type { Db } from "./connect.ts";

export interface DestinationRow {
  readonly endpoint: string;
  readonly method: string;
  readonly rateLimit: number;
  readonly connectionId: string;
  /** Null when the connection is gone. */
  readonly sealedParameters: string | null;
}

export async function findCall(
  db: Pick<Db, "query">,
  scopeId: number,
  destinationId: string,
): Promise<DestinationRow | null> {
  const [row] = await db.query<DestinationRow>(
    `SELECT d.endpoint, d.method, d.rate_limit AS "rateLimit", d.connection_id AS "connectionId",
       c.sealed_parameters AS "sealedParameters"
     FROM api_destinations d LEFT JOIN event_connections c ON c.id = d.connection_id
     WHERE d.scope_id = $1 AND d.id = $2`,
    [scopeId, destinationId],
    "event-call",
  );
  return row ?? null;
}
