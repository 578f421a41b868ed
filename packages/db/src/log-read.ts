/** Reads log events in order, a page at a time, over chunks that may overlap; GetLogEvents and FilterLogEvents call this. */
import type { ReadTx } from "./connect.ts";
import { chunkCost, type LogEvent, unpackChunk } from "./log-chunk.ts";
import { createLogPage, type LogPosition } from "./log-page.ts";
import { CHUNK_SPAN_MS } from "./log-write.ts";

type Reader = Pick<ReadTx, "query">;

export interface StreamEvent extends LogEvent {
  readonly streamId: string;
}

/** Which streams of a group; all when neither is given. */
export interface LogSource {
  readonly groupId: string;
  readonly streamIds: readonly string[] | null;
  readonly streamPrefix: string | null;
}

export interface LogQuery {
  readonly source: LogSource;
  readonly direction: "forward" | "backward";
  /** Only events beyond it, in the direction of reading. */
  readonly beyond: LogPosition | null;
  /** From the first moment, inclusive, to the last, exclusive. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly matches: (message: string) => boolean;
  readonly limit: number;
  readonly maxBytes: number;
  /** How much is searched, forward, before the page is answered as it is. */
  readonly searchMaxCost: number;
}

export interface LogPageRead {
  /** In order of time, whatever the direction. */
  readonly events: readonly StreamEvent[];
  /** Where to go on when there may be more; null when all was seen. */
  readonly resume: LogPosition | null;
}

interface ChunkRow {
  readonly streamId: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly seq: number;
  readonly ingestedMs: number;
  readonly bytes: number;
  readonly events: number;
  readonly body: Buffer;
}

/** Memory is a page and so many chunks of at most about a MiB. */
const CHUNKS_AT_ONCE = 4;
const COLUMNS = `stream_id AS "streamId", first_ms::float8 AS "firstMs", last_ms::float8 AS "lastMs",
  seq::float8 AS seq, ingested_ms::float8 AS "ingestedMs", bytes, events, body`;

export async function readLogEvents(tx: Reader, query: LogQuery): Promise<LogPageRead> {
  const isForward = query.direction === "forward";
  const page = createLogPage<StreamEvent>(query);
  let searched = 0;
  for await (const chunk of chunksOf(tx, query)) {
    const nearest = isForward ? chunk.firstMs : chunk.lastMs;
    if (page.isSettledBefore(nearest)) break;
    if (isForward && searched > query.searchMaxCost && nearest > (query.beyond?.timestampMs ?? -1)) {
      return { events: page.eventsBefore(nearest), resume: { timestampMs: nearest, seq: -1 } };
    }
    searched += chunkCost(chunk);
    page.add(wanted(query, chunk));
  }
  return { events: page.events(), resume: page.resume() };
}

function wanted(query: LogQuery, chunk: ChunkRow): readonly StreamEvent[] {
  const events = unpackChunk(chunk, chunk.body);
  return events.flatMap((event) =>
    event.timestampMs >= query.fromMs && event.timestampMs < query.untilMs && query.matches(event.message)
      ? [{ ...event, streamId: chunk.streamId }]
      : [],
  );
}

/** Forward by their first event, backward by their last. */
async function* chunksOf(tx: Reader, query: LogQuery): AsyncIterable<ChunkRow> {
  const next = query.direction === "forward" ? forwardChunks : backwardChunks;
  let after: ChunkRow | null = null;
  for (;;) {
    const rows: readonly ChunkRow[] = await next(tx, query, after);
    yield* rows;
    if (rows.length < CHUNKS_AT_ONCE) return;
    after = rows.at(-1) ?? null;
  }
}

function sourceOf({ groupId, streamIds, streamPrefix }: LogSource) {
  if (streamIds?.length === 1) return { where: "stream_id = $1", values: [streamIds[0] ?? ""] };
  if (streamIds) return { where: "group_id = $1 AND stream_id = ANY($2)", values: [groupId, streamIds] };
  if (streamPrefix !== null) {
    const streams = "SELECT id FROM log_streams WHERE group_id = $1 AND starts_with(name, $2)";
    return { where: `group_id = $1 AND stream_id IN (${streams})`, values: [groupId, streamPrefix] };
  }
  return { where: "group_id = $1", values: [groupId] };
}

/** The first moment of the hour: no chunk that holds `ms` begins before. */
const chunkStart = (ms: number) => Math.floor(ms / CHUNK_SPAN_MS) * CHUNK_SPAN_MS;

function forwardChunks(tx: Reader, query: LogQuery, after: ChunkRow | null): Promise<ChunkRow[]> {
  const { where, values } = sourceOf(query.source);
  const from = Math.max(query.fromMs, query.beyond?.timestampMs ?? 0);
  const n = values.length;
  return tx.query<ChunkRow>(
    `SELECT ${COLUMNS} FROM log_chunks WHERE ${where} AND first_ms >= $${n + 1} AND last_ms >= $${n + 2}
       AND first_ms < $${n + 3} AND (first_ms, seq) > ($${n + 4}::bigint, $${n + 5}::bigint)
     ORDER BY first_ms, seq LIMIT ${CHUNKS_AT_ONCE}`,
    [
      ...values,
      after?.firstMs ?? chunkStart(from),
      from,
      query.untilMs,
      after?.firstMs ?? -1,
      after?.seq ?? -1,
    ],
  );
}

function backwardChunks(tx: Reader, query: LogQuery, after: ChunkRow | null): Promise<ChunkRow[]> {
  const { where, values } = sourceOf(query.source);
  const until = Math.min(query.untilMs, (query.beyond?.timestampMs ?? Number.MAX_SAFE_INTEGER - 1) + 1);
  const n = values.length;
  return tx.query<ChunkRow>(
    `SELECT ${COLUMNS} FROM log_chunks WHERE ${where} AND first_ms >= $${n + 1} AND last_ms >= $${n + 2}
       AND first_ms < $${n + 3} AND (last_ms, seq) < ($${n + 4}::bigint, $${n + 5}::bigint)
     ORDER BY last_ms DESC, seq DESC LIMIT ${CHUNKS_AT_ONCE}`,
    [
      ...values,
      chunkStart(query.fromMs),
      query.fromMs,
      until,
      after?.lastMs ?? Number.MAX_SAFE_INTEGER,
      after?.seq ?? 0,
    ],
  );
}
