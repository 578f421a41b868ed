/** Scalable targets: services by name, between which counts they may be scaled, and what of it is suspended. */
import type { Tag } from "@roadstead/model/container-instance";
import { newId } from "@roadstead/service-kit/ids";
import type { ReadTx, WriteTx } from "./connect.ts";
import type { SuspendedScaling } from "./schema/scaling.ts";

export interface ScalableTargetRow {
  readonly id: string;
  readonly scopeId: number;
  readonly resourceId: string;
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly suspended: SuspendedScaling;
  readonly tags: readonly Tag[];
  readonly createdAt: Date;
  readonly version: number;
}

type Reader = Pick<ReadTx, "query">;

const COLUMNS = `id, scope_id AS "scopeId", resource_id AS "resourceId", min_capacity AS "minCapacity",
  max_capacity AS "maxCapacity", suspended, tags, created_at AS "createdAt", version`;

/** Ids of those that scale ECS services begin so. */
const ID_PREFIX = "0ec5";

export async function findTarget(
  tx: Reader,
  scopeId: number,
  resourceId: string,
): Promise<ScalableTargetRow | null> {
  const [row] = await tx.query<ScalableTargetRow>(
    `SELECT ${COLUMNS} FROM scalable_targets WHERE scope_id = $1 AND resource_id = $2`,
    [scopeId, resourceId],
  );
  return row ?? null;
}

export async function findTargetById(tx: Reader, id: string): Promise<ScalableTargetRow | null> {
  const [row] = await tx.query<ScalableTargetRow>(
    `SELECT ${COLUMNS} FROM scalable_targets WHERE id = $1`,
    [id],
    "scalable-target",
  );
  return row ?? null;
}

/** The same, held until the transaction ends. Whoever holds its service too holds that first. */
export async function lockTarget(tx: WriteTx, id: string): Promise<ScalableTargetRow | null> {
  const [row] = await tx.query<ScalableTargetRow>(
    `SELECT ${COLUMNS} FROM scalable_targets WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return row ?? null;
}

/** By resource id in byte order; all, or those that are named. */
export const listTargets = (tx: Reader, scopeId: number, resourceIds: readonly string[] | null) =>
  tx.query<ScalableTargetRow>(
    `SELECT ${COLUMNS} FROM scalable_targets
     WHERE scope_id = $1 AND ($2::text[] IS NULL OR resource_id = ANY($2)) ORDER BY resource_id`,
    [scopeId, resourceIds],
  );

export async function countTargets(tx: Reader, scopeId: number): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM scalable_targets WHERE scope_id = $1",
    [scopeId],
  );
  return row?.count ?? 0;
}

export interface WantedTarget {
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly suspended: SuspendedScaling;
}

/** A target that is there keeps its tags. The autoscaler looks at it at once. */
export async function putTarget(
  tx: WriteTx,
  key: { readonly scopeId: number; readonly resourceId: string },
  wanted: WantedTarget & { readonly tags: readonly Tag[] },
): Promise<ScalableTargetRow> {
  const [row] = await tx.query<ScalableTargetRow>(
    `INSERT INTO scalable_targets (id, scope_id, resource_id, min_capacity, max_capacity, suspended, tags)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (scope_id, resource_id) DO UPDATE SET min_capacity = excluded.min_capacity,
       max_capacity = excluded.max_capacity, suspended = excluded.suspended, version = scalable_targets.version + 1
     RETURNING ${COLUMNS}`,
    [
      `${ID_PREFIX}${newId()}`,
      key.scopeId,
      key.resourceId,
      wanted.minCapacity,
      wanted.maxCapacity,
      JSON.stringify(wanted.suspended),
      JSON.stringify(wanted.tags),
    ],
  );
  if (!row) throw new Error("a scalable target was neither made nor changed");
  tx.bell("scaleTarget", row.id);
  return row;
}

export async function setTargetBounds(
  tx: WriteTx,
  id: string,
  { min, max }: { readonly min: number; readonly max: number },
): Promise<void> {
  await tx.query(
    "UPDATE scalable_targets SET min_capacity = $2, max_capacity = $3, version = version + 1 WHERE id = $1",
    [id, min, max],
  );
}

/** Makes a decision that was taken before outdated. */
export async function touchTarget(tx: WriteTx, id: string): Promise<void> {
  await tx.query("UPDATE scalable_targets SET version = version + 1 WHERE id = $1", [id], "target-touch");
}

export async function setTargetTags(tx: WriteTx, id: string, tags: readonly Tag[]): Promise<void> {
  await tx.query("UPDATE scalable_targets SET tags = $2 WHERE id = $1", [id, JSON.stringify(tags)]);
}

/** With its policies and scheduled actions; their alarms are their maker's to remove. */
export async function deleteTarget(tx: WriteTx, id: string): Promise<void> {
  await tx.query("DELETE FROM scalable_targets WHERE id = $1", [id]);
  await tx.query("DELETE FROM bells WHERE kind = 'scaleTarget' AND key = $1", [id]);
}
