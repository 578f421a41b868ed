/** API destinations: the webhooks that rules deliver events to. */
import type { ReadTx, WriteTx } from "./connect.ts";

export interface ApiDestinationRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly connectionArn: string;
  readonly connectionId: string;
  readonly endpoint: string;
  readonly method: string;
  readonly rateLimit: number;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  /** Whether its connection is still there. */
  readonly isActive: boolean;
}

type Content = Omit<ApiDestinationRow, "id" | "name" | "createdAt" | "modifiedAt" | "isActive">;

const COLUMNS = `d.id, d.name, d.description, d.connection_arn AS "connectionArn", d.connection_id AS "connectionId",
  d.endpoint, d.method, d.rate_limit AS "rateLimit", d.created_at AS "createdAt", d.modified_at AS "modifiedAt",
  EXISTS (SELECT FROM event_connections c WHERE c.id = d.connection_id) AS "isActive"`;

/** Null when there is one of that name. */
export async function insertApiDestination(
  tx: WriteTx,
  scopeId: number,
  destination: Content & Pick<ApiDestinationRow, "id" | "name">,
): Promise<ApiDestinationRow | null> {
  const [row] = await tx.query<ApiDestinationRow>(
    `INSERT INTO api_destinations AS d (id, scope_id, name, description, connection_arn, connection_id, endpoint,
       method, rate_limit)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [
      destination.id,
      scopeId,
      destination.name,
      destination.description,
      destination.connectionArn,
      destination.connectionId,
      destination.endpoint,
      destination.method,
      destination.rateLimit,
    ],
  );
  return row ?? null;
}

export async function findApiDestination(
  tx: Pick<ReadTx, "query">,
  scopeId: number,
  name: string,
): Promise<ApiDestinationRow | null> {
  const [row] = await tx.query<ApiDestinationRow>(
    `SELECT ${COLUMNS} FROM api_destinations d WHERE scope_id = $1 AND name = $2`,
    [scopeId, name],
  );
  return row ?? null;
}

/** By name, in byte order. */
export const listApiDestinations = (
  tx: Pick<ReadTx, "query">,
  list: { readonly scopeId: number; readonly prefix: string; readonly connectionArn: string | null },
) =>
  tx.query<ApiDestinationRow>(
    `SELECT ${COLUMNS} FROM api_destinations d WHERE scope_id = $1 AND starts_with(name, $2)
       AND ($3::text IS NULL OR connection_arn = $3) ORDER BY name COLLATE "C"`,
    [list.scopeId, list.prefix, list.connectionArn],
  );

export async function updateApiDestination(
  tx: WriteTx,
  id: string,
  content: Content,
): Promise<ApiDestinationRow | null> {
  const [row] = await tx.query<ApiDestinationRow>(
    `UPDATE api_destinations d SET description = $2, connection_arn = $3, connection_id = $4, endpoint = $5,
       method = $6, rate_limit = $7, modified_at = now() WHERE id = $1 RETURNING ${COLUMNS}`,
    [
      id,
      content.description,
      content.connectionArn,
      content.connectionId,
      content.endpoint,
      content.method,
      content.rateLimit,
    ],
  );
  return row ?? null;
}

export async function deleteApiDestination(tx: WriteTx, id: string): Promise<void> {
  await tx.query("DELETE FROM api_destinations WHERE id = $1", [id]);
}
