/** Systems Manager's parameters; values come and go sealed. */
import type { Tag } from "@roadstead/model/container-instance";
import type { ReadTx, WriteTx } from "./connect.ts";

export interface ParameterRow {
  readonly name: string;
  readonly type: "String" | "StringList" | "SecureString";
  readonly sealedValue: string;
  readonly version: number;
  readonly description: string | null;
  readonly allowedPattern: string | null;
  readonly dataType: string;
  readonly tier: "Standard" | "Advanced";
  readonly changedBy: string;
  readonly tags: readonly Tag[];
  readonly changedAt: Date;
}

const COLUMNS = `name, type, sealed_value AS "sealedValue", version, description, allowed_pattern AS "allowedPattern",
  data_type AS "dataType", tier, changed_by AS "changedBy", tags, changed_at AS "changedAt"`;

/** Null when there is one and it is not to be overwritten. What a change leaves out stays as it is. */
export async function putParameter(
  tx: WriteTx,
  scopeId: number,
  parameter: Omit<ParameterRow, "version" | "changedAt">,
  overwrite: boolean,
): Promise<number | null> {
  const [row] = await tx.query<{ version: number }>(
    `INSERT INTO parameters (scope_id, name, type, sealed_value, version, description, allowed_pattern, data_type,
       tier, changed_by, tags) VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10)
     ON CONFLICT (scope_id, name) DO UPDATE SET type = excluded.type, sealed_value = excluded.sealed_value,
       version = parameters.version + 1, description = coalesce(excluded.description, parameters.description),
       allowed_pattern = coalesce(excluded.allowed_pattern, parameters.allowed_pattern),
       data_type = excluded.data_type, tier = excluded.tier, changed_by = excluded.changed_by, changed_at = now()
       WHERE $11
     RETURNING version`,
    [
      scopeId,
      parameter.name,
      parameter.type,
      parameter.sealedValue,
      parameter.description,
      parameter.allowedPattern,
      parameter.dataType,
      parameter.tier,
      parameter.changedBy,
      JSON.stringify(parameter.tags),
      overwrite,
    ],
  );
  return row?.version ?? null;
}

export const findParameters = (tx: Pick<ReadTx, "query">, scopeId: number, names: readonly string[]) =>
  tx.query<ParameterRow>(`SELECT ${COLUMNS} FROM parameters WHERE scope_id = $1 AND name = ANY($2)`, [
    scopeId,
    names,
  ]);

/** All whose name begins so, in byte order. */
export const listParameters = (tx: Pick<ReadTx, "query">, scopeId: number, prefix: string) =>
  tx.query<ParameterRow>(
    `SELECT ${COLUMNS} FROM parameters WHERE scope_id = $1 AND starts_with(name, $2) ORDER BY name COLLATE "C"`,
    [scopeId, prefix],
  );

/** Those of the names that were there. */
export async function deleteParameters(
  tx: WriteTx,
  scopeId: number,
  names: readonly string[],
): Promise<readonly string[]> {
  const rows = await tx.query<{ name: string }>(
    "DELETE FROM parameters WHERE scope_id = $1 AND name = ANY($2) RETURNING name",
    [scopeId, names],
  );
  return rows.map(({ name }) => name);
}

export async function setParameterTags(
  tx: WriteTx,
  scopeId: number,
  parameter: { readonly name: string; readonly tags: readonly Tag[] },
): Promise<void> {
  await tx.query("UPDATE parameters SET tags = $3 WHERE scope_id = $1 AND name = $2", [
    scopeId,
    parameter.name,
    JSON.stringify(parameter.tags),
  ]);
}
