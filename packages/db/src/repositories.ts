/** Repositories: the rows the ECR API and the registry work below. */
import type { Tag } from "@roadstead/model/container-instance";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";
import type { TagMutability } from "./schema/registry.ts";

export interface ExclusionFilter {
  readonly filterType: "WILDCARD";
  readonly filter: string;
}

/** Which tags may be moved to another image. */
export interface MutabilitySetting {
  readonly tagMutability: TagMutability;
  /** Tags that take the opposite rule. */
  readonly tagMutabilityExclusionFilters: readonly ExclusionFilter[];
}

export interface RepositorySettings extends MutabilitySetting {
  readonly scanOnPush: boolean;
  readonly encryption: { readonly encryptionType: string; readonly kmsKey?: string };
  readonly tags: readonly Tag[];
}

export interface RepositoryRow extends RepositorySettings {
  readonly id: string;
  readonly scopeId: number;
  readonly name: string;
  readonly createdAt: Date;
}

const COLUMNS = `id, scope_id AS "scopeId", name, tag_mutability AS "tagMutability",
  tag_mutability_exclusion_filters AS "tagMutabilityExclusionFilters", scan_on_push AS "scanOnPush", encryption,
  tags, created_at AS "createdAt"`;

/** Null when a repository of that name is there already. */
export async function insertRepository(
  tx: WriteTx,
  repository: RepositorySettings & { readonly scopeId: number; readonly name: string },
): Promise<RepositoryRow | null> {
  const { scopeId, name, tagMutability, tagMutabilityExclusionFilters, scanOnPush } = repository;
  const [row] = await tx.query<RepositoryRow>(
    `INSERT INTO repositories (id, scope_id, name, tag_mutability, tag_mutability_exclusion_filters, scan_on_push,
       encryption, tags)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [
      newId(),
      scopeId,
      name,
      tagMutability,
      JSON.stringify(tagMutabilityExclusionFilters),
      scanOnPush,
      JSON.stringify(repository.encryption),
      JSON.stringify(repository.tags),
    ],
  );
  return row ?? null;
}

export async function findRepository(
  tx: Pick<ReadTx, "query">,
  scopeId: number,
  name: string,
): Promise<RepositoryRow | null> {
  const [row] = await tx.query<RepositoryRow>(
    `SELECT ${COLUMNS} FROM repositories WHERE scope_id = $1 AND name = $2`,
    [scopeId, name],
    "repository-find",
  );
  return row ?? null;
}

export const findRepositories = (tx: Pick<ReadTx, "query">, scopeId: number, names: readonly string[]) =>
  tx.query<RepositoryRow>(`SELECT ${COLUMNS} FROM repositories WHERE scope_id = $1 AND name = ANY($2)`, [
    scopeId,
    names,
  ]);

/** Repositories in name order after `afterName`, at most `limit`. */
export const listRepositories = (
  tx: Pick<ReadTx, "query">,
  page: { readonly scopeId: number; readonly afterName: string; readonly limit: number },
) =>
  tx.query<RepositoryRow>(
    `SELECT ${COLUMNS} FROM repositories WHERE scope_id = $1 AND name > $2 ORDER BY name LIMIT $3`,
    [page.scopeId, page.afterName, page.limit],
  );

/** Holds the repository against every change, and against pushes of images, until the commit. */
export async function lockRepository(
  tx: WriteTx,
  scopeId: number,
  name: string,
): Promise<RepositoryRow | null> {
  const [row] = await tx.query<RepositoryRow>(
    `SELECT ${COLUMNS} FROM repositories WHERE scope_id = $1 AND name = $2 FOR UPDATE`,
    [scopeId, name],
  );
  return row ?? null;
}

export async function hasImages(tx: Pick<ReadTx, "query">, repositoryId: string): Promise<boolean> {
  const rows = await tx.query("SELECT 1 FROM manifests WHERE repository_id = $1 LIMIT 1", [repositoryId]);
  return rows.length > 0;
}

/** A statement that takes everything of a full repository with it would outlast its time limit. */
const DELETED_AT_ONCE = 5_000;

/** Removes a locked repository and its images; what their layers occupied is the registry's to collect. */
export async function deleteRepository(tx: WriteTx, repositoryId: string): Promise<void> {
  for (const table of ["manifests", "repository_blobs"] as const) {
    for (let deleted = DELETED_AT_ONCE; deleted === DELETED_AT_ONCE; ) {
      const rows = await tx.query(
        `DELETE FROM ${table} WHERE repository_id = $1 AND digest IN
           (SELECT digest FROM ${table} WHERE repository_id = $1 LIMIT ${DELETED_AT_ONCE}) RETURNING 1`,
        [repositoryId],
      );
      deleted = rows.length;
    }
  }
  await tx.query("DELETE FROM repositories WHERE id = $1", [repositoryId]);
}

/** The rules for tags from now on; tags that are there stay as they are. Null when the repository is gone. */
export async function setTagMutability(
  tx: Pick<WriteTx, "query">,
  repository: { readonly scopeId: number; readonly name: string },
  { tagMutability, tagMutabilityExclusionFilters }: MutabilitySetting,
): Promise<RepositoryRow | null> {
  const [row] = await tx.query<RepositoryRow>(
    `UPDATE repositories SET tag_mutability = $3, tag_mutability_exclusion_filters = $4
     WHERE scope_id = $1 AND name = $2 RETURNING ${COLUMNS}`,
    [repository.scopeId, repository.name, tagMutability, JSON.stringify(tagMutabilityExclusionFilters)],
  );
  return row ?? null;
}

/** Null when the repository is gone. */
export async function setScanOnPush(
  tx: Pick<WriteTx, "query">,
  repository: { readonly scopeId: number; readonly name: string },
  scanOnPush: boolean,
): Promise<RepositoryRow | null> {
  const [row] = await tx.query<RepositoryRow>(
    `UPDATE repositories SET scan_on_push = $3 WHERE scope_id = $1 AND name = $2 RETURNING ${COLUMNS}`,
    [repository.scopeId, repository.name, scanOnPush],
  );
  return row ?? null;
}

export async function setRepositoryTags(
  tx: WriteTx,
  repositoryId: string,
  tags: readonly Tag[],
): Promise<void> {
  await tx.query("UPDATE repositories SET tags = $2 WHERE id = $1", [repositoryId, JSON.stringify(tags)]);
}
