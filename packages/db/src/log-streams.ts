/** Streams of a log group; the Logs API works on them. */
import { newId } from "@roadstead/service-kit/ids";
import type { Db, ReadTx } from "./connect.ts";
import { remember } from "./log-groups.ts";

export interface LogStreamRow {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly firstEventMs: number | null;
  readonly lastEventMs: number | null;
  readonly lastIngestionMs: number | null;
}

type Reader = Pick<ReadTx, "query">;

const COLUMNS = `id, name, created_at AS "createdAt", first_event_ms::float8 AS "firstEventMs",
  last_event_ms::float8 AS "lastEventMs", last_ingestion_ms::float8 AS "lastIngestionMs"`;

/** False when a stream of that name is there already. */
export async function insertLogStream(tx: Reader, groupId: string, name: string): Promise<boolean> {
  const rows = await tx.query(
    "INSERT INTO log_streams (id, group_id, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1",
    [newId(), groupId, name],
  );
  return rows.length > 0;
}

/** A group and one of its streams; null members for what is not there. */
export async function findLogStream(
  tx: Reader,
  stream: { readonly scopeId: number; readonly group: string; readonly name: string },
): Promise<{
  readonly groupId: string | null;
  readonly streamId: string | null;
  readonly retentionDays: number | null;
}> {
  const [row] = await tx.query<{
    groupId: string;
    streamId: string | null;
    retentionDays: number | null;
  }>(
    `SELECT g.id AS "groupId", g.retention_days AS "retentionDays", s.id AS "streamId"
     FROM log_groups g LEFT JOIN log_streams s ON s.group_id = g.id AND s.name = $3
     WHERE g.scope_id = $1 AND g.name = $2`,
    [stream.scopeId, stream.group, stream.name],
    "log-stream-find",
  );
  return row ?? { groupId: null, streamId: null, retentionDays: null };
}

export const findLogStreams = (tx: Reader, groupId: string, names: readonly string[]) =>
  tx.query<{ id: string; name: string }>(
    "SELECT id, name FROM log_streams WHERE group_id = $1 AND name = ANY($2)",
    [groupId, names],
  );

/** Their names, and whether a container's agent writes to them. */
export const logStreamNames = (tx: Reader, ids: readonly string[]) =>
  tx.query<{ id: string; name: string; isOfContainer: boolean }>(
    `SELECT id, name, batch_writer IS NOT NULL AS "isOfContainer" FROM log_streams WHERE id = ANY($1)`,
    [ids],
  );

/** How long after its last batch a container's stream still counts as catching up, and how far behind it may be. */
const CATCHING_UP_MS = 5_000;
const BEHIND_MAX_MS = 300_000;

/** Containers go on one after the other once a store is back; so much of how far one is behind is left for those that come later. */
const MARGIN_SHARE = 0.25;

/**
 * Up to when all lines of the group's containers are there, as far as it can be told from those whose lines arrive more than `lateMs`
 * after they were written, as after an outage; null when none do.
 */
export async function completeUntil(
  tx: Reader,
  groupId: string,
  { nowMs, lateMs }: { readonly nowMs: number; readonly lateMs: number },
): Promise<number | null> {
  const [row] = await tx.query<{ untilMs: number | null }>(
    `SELECT min(last_event_ms - ${MARGIN_SHARE} * (last_ingestion_ms - last_event_ms))::float8 AS "untilMs" FROM log_streams
     WHERE group_id = $1 AND last_event_ms BETWEEN $2::bigint AND $3::bigint AND batch_writer IS NOT NULL
       AND last_ingestion_ms > $4::bigint AND last_ingestion_ms - last_event_ms > $5::bigint`,
    [groupId, nowMs - BEHIND_MAX_MS, nowMs - lateMs, nowMs - CATCHING_UP_MS, lateMs],
  );
  return row?.untilMs ?? null;
}

/** Where a page goes on: the last row's name, and its time when that comes first. */
export interface StreamCursor {
  readonly lastEventMs: number;
  readonly name: string;
}

export interface StreamPage {
  readonly groupId: string;
  readonly prefix: string;
  readonly orderBy: "LogStreamName" | "LastEventTime";
  readonly descending: boolean;
  readonly after: StreamCursor | null;
  readonly limit: number;
}

/** A stream without events is as one whose last was in 1970. */
export function listLogStreams(tx: Reader, page: StreamPage): Promise<LogStreamRow[]> {
  const [compare, order] = page.descending ? ["<", "DESC"] : [">", "ASC"];
  const byTime = page.orderBy === "LastEventTime";
  const time = byTime ? "coalesce(last_event_ms, 0)" : "0::bigint";
  const { after } = page;
  return tx.query<LogStreamRow>(
    `SELECT ${COLUMNS} FROM log_streams
     WHERE group_id = $1 AND starts_with(name, $2)
       AND ($3::text IS NULL OR (${time}, name) ${compare} ($4::bigint, $3 COLLATE "C"))
     ORDER BY ${byTime ? `${time} ${order}, ` : ""}name ${order} LIMIT $5`,
    [page.groupId, page.prefix, after?.name ?? null, byTime ? (after?.lastEventMs ?? 0) : 0, page.limit],
  );
}

/** False when it was gone. Its chunks go with the next sweep. */
export const deleteLogStream = (db: Db, groupId: string, name: string): Promise<boolean> =>
  db.write(async (tx) => {
    const [row] = await tx.query<{ id: string }>(
      "DELETE FROM log_streams WHERE group_id = $1 AND name = $2 RETURNING id",
      [groupId, name],
    );
    if (row) await remember(tx, row.id, "stream");
    return row !== undefined;
  });
