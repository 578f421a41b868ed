/** Log groups and their streams: the rows that the Logs API works on. */
import { newId } from "@roadstead/service-kit/ids";
import type { Db, ReadTx, WriteTx } from "./connect.ts";
import type { LogGroupClass } from "./schema/log.ts";

export interface LogGroupRow {
  readonly id: string;
  readonly name: string;
  readonly class: LogGroupClass;
  readonly retentionDays: number | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}

type Reader = Pick<ReadTx, "query">;

const COLUMNS = `id, name, class, retention_days AS "retentionDays", tags, created_at AS "createdAt"`;

/** False when a group of that name is there already. */
export async function insertLogGroup(
  tx: Reader,
  group: {
    readonly scopeId: number;
    readonly name: string;
    readonly class: LogGroupClass;
    readonly tags: Readonly<Record<string, string>>;
  },
): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO log_groups (id, scope_id, name, class, tags) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT DO NOTHING RETURNING 1`,
    [newId(), group.scopeId, group.name, group.class, JSON.stringify(group.tags)],
  );
  return rows.length > 0;
}

export async function findLogGroup(tx: Reader, scopeId: number, name: string): Promise<LogGroupRow | null> {
  const [row] = await tx.query<LogGroupRow>(
    `SELECT ${COLUMNS} FROM log_groups WHERE scope_id = $1 AND name = $2`,
    [scopeId, name],
    "log-group-find",
  );
  return row ?? null;
}

export interface LogGroupFilter {
  readonly scopeId: number;
  readonly prefix: string;
  /** Part of a name in any letter case. */
  readonly part: string;
  readonly names: readonly string[] | null;
  readonly class: LogGroupClass | null;
}

/** Groups in name order after `afterName`, at most `limit`, each with what its streams store. */
export const listLogGroups = (
  tx: Reader,
  filter: LogGroupFilter,
  page: { readonly afterName: string; readonly limit: number },
) =>
  tx.query<LogGroupRow & { readonly storedBytes: number }>(
    `SELECT ${COLUMNS}, (SELECT coalesce(sum(s.stored_bytes), 0)::float8 FROM log_streams s WHERE s.group_id = g.id)
       AS "storedBytes"
     FROM log_groups g WHERE scope_id = $1 AND name > $2 AND starts_with(name, $3) AND strpos(lower(name), lower($4)) > 0
       AND ($5::text[] IS NULL OR name = ANY($5)) AND ($6::text IS NULL OR class = $6)
     ORDER BY name LIMIT $7`,
    [filter.scopeId, page.afterName, filter.prefix, filter.part, filter.names, filter.class, page.limit],
  );

/** False when the group is gone. */
export async function setLogRetention(
  tx: Reader,
  scopeId: number,
  name: string,
  retentionDays: number | null,
): Promise<boolean> {
  const rows = await tx.query(
    "UPDATE log_groups SET retention_days = $3 WHERE scope_id = $1 AND name = $2 RETURNING 1",
    [scopeId, name, retentionDays],
  );
  return rows.length > 0;
}

/** Changes the tags while nobody else does; false when the group is gone. What `change` throws leaves them alone. */
export async function changeLogGroupTags(
  tx: WriteTx,
  scopeId: number,
  name: string,
  change: (tags: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Promise<boolean> {
  const [row] = await tx.query<{ id: string; tags: Record<string, string> }>(
    "SELECT id, tags FROM log_groups WHERE scope_id = $1 AND name = $2 FOR NO KEY UPDATE",
    [scopeId, name],
  );
  if (!row) return false;
  const tags = JSON.stringify(change(row.tags));
  await tx.query("UPDATE log_groups SET tags = $2 WHERE id = $1", [row.id, tags]);
  return true;
}

/** False when it was gone. Its chunks go with the next sweep. */
export const deleteLogGroup = (db: Db, scopeId: number, name: string): Promise<boolean> =>
  db.write(async (tx) => {
    const [row] = await tx.query<{ id: string }>(
      "DELETE FROM log_groups WHERE scope_id = $1 AND name = $2 RETURNING id",
      [scopeId, name],
    );
    if (row) await remember(tx, row.id, "group");
    return row !== undefined;
  });

export const remember = (tx: Reader, id: string, kind: "group" | "stream") =>
  tx.query("INSERT INTO log_removals (id, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING", [id, kind]);
