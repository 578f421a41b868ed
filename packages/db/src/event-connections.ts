/** Connections that API destinations are called through: how a call proves who it is from, sealed. */
import type { ReadTx, WriteTx } from "./connect.ts";

/** What connections' parameters are sealed for, with the id of theirs as context. */
export const CONNECTIONS_PURPOSE = "secret-values";
export const connectionContext = (id: string) => `event connection ${id}`;

export interface ConnectionParameter {
  readonly key: string;
  readonly value: string;
  readonly isSecret: boolean;
}

/** What is sealed, as JSON. */
export interface ConnectionParameters {
  readonly basic?: { readonly username: string; readonly password: string };
  readonly apiKey?: { readonly name: string; readonly value: string };
  readonly headers: readonly ConnectionParameter[];
  readonly query: readonly ConnectionParameter[];
  readonly body: readonly ConnectionParameter[];
}

export interface ConnectionRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly authorizationType: "API_KEY" | "BASIC";
  readonly sealedParameters: string;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

type Content = Pick<ConnectionRow, "description" | "authorizationType" | "sealedParameters">;

const COLUMNS = `id, name, description, authorization_type AS "authorizationType",
  sealed_parameters AS "sealedParameters", created_at AS "createdAt", modified_at AS "modifiedAt"`;

/** Null when there is one of that name. */
export async function insertConnection(
  tx: WriteTx,
  scopeId: number,
  connection: Content & Pick<ConnectionRow, "id" | "name">,
): Promise<ConnectionRow | null> {
  const [row] = await tx.query<ConnectionRow>(
    `INSERT INTO event_connections (id, scope_id, name, description, authorization_type, sealed_parameters)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [
      connection.id,
      scopeId,
      connection.name,
      connection.description,
      connection.authorizationType,
      connection.sealedParameters,
    ],
  );
  return row ?? null;
}

export async function findConnection(
  tx: Pick<ReadTx, "query">,
  scopeId: number,
  name: string,
): Promise<ConnectionRow | null> {
  const [row] = await tx.query<ConnectionRow>(
    `SELECT ${COLUMNS} FROM event_connections WHERE scope_id = $1 AND name = $2`,
    [scopeId, name],
  );
  return row ?? null;
}

/** The same, held until the transaction ends. */
export async function lockConnection(
  tx: WriteTx,
  scopeId: number,
  name: string,
): Promise<ConnectionRow | null> {
  const [row] = await tx.query<ConnectionRow>(
    `SELECT ${COLUMNS} FROM event_connections WHERE scope_id = $1 AND name = $2 FOR UPDATE`,
    [scopeId, name],
  );
  return row ?? null;
}

/** By name, in byte order. */
export const listConnections = (tx: Pick<ReadTx, "query">, scopeId: number, prefix: string) =>
  tx.query<ConnectionRow>(
    `SELECT ${COLUMNS} FROM event_connections WHERE scope_id = $1 AND starts_with(name, $2)
     ORDER BY name COLLATE "C"`,
    [scopeId, prefix],
  );

export async function updateConnection(
  tx: WriteTx,
  id: string,
  content: Content,
): Promise<ConnectionRow | null> {
  const [row] = await tx.query<ConnectionRow>(
    `UPDATE event_connections SET description = $2, authorization_type = $3, sealed_parameters = $4,
       modified_at = now() WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, content.description, content.authorizationType, content.sealedParameters],
  );
  return row ?? null;
}

export async function deleteConnection(tx: WriteTx, id: string): Promise<void> {
  await tx.query("DELETE FROM event_connections WHERE id = $1", [id]);
}
