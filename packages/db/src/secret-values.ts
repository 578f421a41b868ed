/** Secrets Manager's secrets and their versions; values come and go sealed. */
import { randomInt } from "node:crypto";
import type { Tag } from "@roadstead/model/container-instance";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";

export interface SecretRow {
  readonly id: string;
  readonly name: string;
  readonly suffix: string;
  readonly description: string | null;
  readonly tags: readonly Tag[];
  readonly createdAt: Date;
  readonly changedAt: Date;
  readonly deleteAt: Date | null;
  readonly deletedAt: Date | null;
}

export interface SecretVersionRow {
  readonly versionId: string;
  readonly sealedValue: string;
  readonly stages: readonly string[];
  readonly createdAt: Date;
}

const COLUMNS = `id, name, suffix, description, tags, created_at AS "createdAt", changed_at AS "changedAt",
  delete_at AS "deleteAt", deleted_at AS "deletedAt"`;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const SUFFIX_LENGTH = 6;

const mintSuffix = () =>
  Array.from({ length: SUFFIX_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");

/** Null when there is one of that name. Those whose time has come are gone. */
export async function insertSecret(
  tx: WriteTx,
  secret: Pick<SecretRow, "name" | "description" | "tags"> & { readonly scopeId: number },
): Promise<SecretRow | null> {
  await tx.query("DELETE FROM secrets WHERE scope_id = $1 AND delete_at <= now()", [secret.scopeId]);
  const [row] = await tx.query<SecretRow>(
    `INSERT INTO secrets (id, scope_id, name, suffix, description, tags) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [newId(), secret.scopeId, secret.name, mintSuffix(), secret.description, JSON.stringify(secret.tags)],
  );
  return row ?? null;
}

export async function findSecret(
  tx: Pick<ReadTx, "query">,
  scopeId: number,
  name: string,
): Promise<SecretRow | null> {
  const [row] = await tx.query<SecretRow>(
    `SELECT ${COLUMNS} FROM secrets
     WHERE scope_id = $1 AND name = $2 AND (delete_at IS NULL OR delete_at > now())`,
    [scopeId, name],
  );
  return row ?? null;
}

/** Held until the transaction ends, while its versions change. */
export async function lockSecret(tx: WriteTx, id: string): Promise<void> {
  await tx.query("SELECT 1 FROM secrets WHERE id = $1 FOR UPDATE", [id]);
}

/** After a name, in byte order. */
export const listSecrets = (
  tx: Pick<ReadTx, "query">,
  page: { readonly scopeId: number; readonly withPlanned: boolean },
) =>
  tx.query<SecretRow>(
    `SELECT ${COLUMNS} FROM secrets
     WHERE scope_id = $1 AND (delete_at IS NULL OR ($2 AND delete_at > now())) ORDER BY name COLLATE "C"`,
    [page.scopeId, page.withPlanned],
  );

export async function updateSecret(
  tx: WriteTx,
  id: string,
  change: Pick<SecretRow, "description" | "tags">,
): Promise<void> {
  await tx.query("UPDATE secrets SET description = $2, tags = $3, changed_at = now() WHERE id = $1", [
    id,
    change.description,
    JSON.stringify(change.tags),
  ]);
}

/** Null days: it is not to be deleted after all. */
export async function scheduleDeletion(tx: WriteTx, id: string, days: number | null): Promise<Date | null> {
  const [row] = await tx.query<{ deleteAt: Date | null }>(
    `UPDATE secrets SET delete_at = now() + make_interval(days => $2),
       deleted_at = CASE WHEN $2::int IS NULL THEN NULL ELSE now() END WHERE id = $1 RETURNING delete_at AS "deleteAt"`,
    [id, days],
  );
  return row?.deleteAt ?? null;
}

export async function deleteSecret(tx: WriteTx, id: string): Promise<void> {
  await tx.query("DELETE FROM secrets WHERE id = $1", [id]);
}

/** The oldest first. */
export const listSecretVersions = (tx: Pick<ReadTx, "query">, secretId: string) =>
  tx.query<SecretVersionRow>(
    `SELECT version_id AS "versionId", sealed_value AS "sealedValue", stages, created_at AS "createdAt"
     FROM secret_versions WHERE secret_id = $1 ORDER BY created_at, version_id`,
    [secretId],
  );

export async function insertSecretVersion(
  tx: WriteTx,
  secretId: string,
  version: Pick<SecretVersionRow, "versionId" | "sealedValue">,
): Promise<void> {
  await tx.query(
    "INSERT INTO secret_versions (secret_id, version_id, sealed_value, stages) VALUES ($1, $2, $3, '{}')",
    [secretId, version.versionId, version.sealedValue],
  );
}

/** Says anew which version each stage is at; versions without one that are beyond the newest hundred go. */
export async function setStages(
  tx: WriteTx,
  secretId: string,
  stages: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  for (const [versionId, labels] of stages) {
    await tx.query("UPDATE secret_versions SET stages = $3 WHERE secret_id = $1 AND version_id = $2", [
      secretId,
      versionId,
      labels,
    ]);
  }
  await tx.query(
    `DELETE FROM secret_versions WHERE secret_id = $1 AND cardinality(stages) = 0 AND version_id NOT IN (
       SELECT version_id FROM secret_versions WHERE secret_id = $1 ORDER BY created_at DESC LIMIT 100)`,
    [secretId],
  );
  await tx.query("UPDATE secrets SET changed_at = now() WHERE id = $1", [secretId]);
}
