/** Task definitions: revisions are handed out once and never change but for their status. */

import type { Tag } from "@roadstead/model/container-instance";
import type { TaskDefinition } from "@roadstead/model/task-definition";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";

export interface TaskDefinitionRow {
  readonly id: string;
  readonly family: string;
  readonly revision: number;
  readonly status: "ACTIVE" | "INACTIVE" | "DELETE_IN_PROGRESS";
  readonly definition: TaskDefinition;
  readonly compatibilities: readonly string[];
  readonly requiresAttributes: readonly { readonly name: string; readonly value?: string }[];
  readonly tags: readonly Tag[];
  readonly registeredAt: Date;
  readonly registeredBy: string;
  readonly deregisteredAt: Date | null;
}

const COLUMNS = `id, family, revision, status, definition, compatibilities,
  requires_attributes AS "requiresAttributes", tags, registered_at AS "registeredAt",
  registered_by AS "registeredBy", deregistered_at AS "deregisteredAt"`;

export type NewTaskDefinition = Pick<
  TaskDefinitionRow,
  "family" | "definition" | "compatibilities" | "requiresAttributes" | "tags" | "registeredBy"
> & { readonly scopeId: number };

/** Registers the next revision of the family. */
export async function insertTaskDefinition(tx: WriteTx, row: NewTaskDefinition): Promise<TaskDefinitionRow> {
  const [inserted] = await tx.query<TaskDefinitionRow>(
    `WITH next AS (
       INSERT INTO task_definition_families (scope_id, family, last_revision) VALUES ($2, $3, 1)
       ON CONFLICT (scope_id, family)
         DO UPDATE SET last_revision = task_definition_families.last_revision + 1
       RETURNING last_revision
     )
     INSERT INTO task_definitions (id, scope_id, family, revision, status, definition, compatibilities,
       requires_attributes, tags, registered_by)
     SELECT $1, $2, $3, last_revision, 'ACTIVE', $4, $5, $6, $7, $8 FROM next RETURNING ${COLUMNS}`,
    [
      newId(),
      row.scopeId,
      row.family,
      JSON.stringify(row.definition),
      JSON.stringify(row.compatibilities),
      JSON.stringify(row.requiresAttributes),
      JSON.stringify(row.tags),
      row.registeredBy,
    ],
    "task-definition-insert",
  );
  return inserted as TaskDefinitionRow;
}

/** A revision in any status; with `revision` null the family's latest ACTIVE one. */
export async function findTaskDefinition(
  tx: Pick<ReadTx, "query">,
  reference: { readonly scopeId: number; readonly family: string; readonly revision: number | null },
): Promise<TaskDefinitionRow | null> {
  const { scopeId, family, revision } = reference;
  const [row] =
    revision === null
      ? await tx.query<TaskDefinitionRow>(
          `SELECT ${COLUMNS} FROM task_definitions WHERE scope_id = $1 AND family = $2 AND status = 'ACTIVE'
           ORDER BY revision DESC LIMIT 1`,
          [scopeId, family],
          "task-definition-latest",
        )
      : await tx.query<TaskDefinitionRow>(
          `SELECT ${COLUMNS} FROM task_definitions WHERE scope_id = $1 AND family = $2 AND revision = $3`,
          [scopeId, family, revision],
          "task-definition-find",
        );
  return row ?? null;
}

/** Repeating it keeps the first time. */
export async function deregisterTaskDefinition(tx: WriteTx, id: string): Promise<TaskDefinitionRow> {
  const [row] = await tx.query<TaskDefinitionRow>(
    `UPDATE task_definitions
     SET status = CASE status WHEN 'ACTIVE' THEN 'INACTIVE' ELSE status END,
       deregistered_at = coalesce(deregistered_at, now())
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [id],
  );
  return row as TaskDefinitionRow;
}

export interface TaskDefinitionPage {
  readonly scopeId: number;
  /** An exact family here, unlike in the list of families. */
  readonly family: string | null;
  readonly status: "ACTIVE" | "INACTIVE" | "DELETE_IN_PROGRESS";
  readonly sort: "ASC" | "DESC";
  readonly after: { readonly family: string; readonly revision: number } | null;
  readonly limit: number;
}

/** Families in byte order, then revisions by number. */
export function listTaskDefinitions(tx: Pick<ReadTx, "query">, page: TaskDefinitionPage) {
  const [compare, order] = page.sort === "ASC" ? [">", "ASC"] : ["<", "DESC"];
  return tx.query<{ family: string; revision: number }>(
    `SELECT family, revision FROM task_definitions
     WHERE scope_id = $1 AND status = $2 AND ($3::text IS NULL OR family = $3)
       AND ($4::text IS NULL OR (family COLLATE "C", revision) ${compare} ($4 COLLATE "C", $5::int))
     ORDER BY family COLLATE "C" ${order}, revision ${order} LIMIT $6`,
    [
      page.scopeId,
      page.status,
      page.family,
      page.after?.family ?? null,
      page.after?.revision ?? null,
      page.limit,
    ],
  );
}

/** Families with a revision in one of the statuses, in byte order after `after`. */
export const listFamilies = (
  tx: Pick<ReadTx, "query">,
  page: {
    readonly scopeId: number;
    readonly prefix: string;
    /** ACTIVE: with an active revision; INACTIVE: with none; ALL: either. */
    readonly status: "ACTIVE" | "INACTIVE" | "ALL";
    readonly after: string;
    readonly limit: number;
  },
) =>
  tx.query<{ family: string }>(
    `SELECT family FROM (
       SELECT family, bool_or(status = 'ACTIVE') AS active FROM task_definitions
       WHERE scope_id = $1 AND starts_with(family, $2) AND family COLLATE "C" > $3 GROUP BY family
     ) f
     WHERE $4 = 'ALL' OR active = ($4 = 'ACTIVE')
     ORDER BY family COLLATE "C" LIMIT $5`,
    [page.scopeId, page.prefix, page.after, page.status, page.limit],
  );
