/** Appends log events to a stream, a batch as one compressed chunk; PutLogEvents calls this. */
import type { Db } from "./connect.ts";
import { type PackedChunk, packChunk } from "./log-chunk.ts";
import { ensureLogPartition } from "./log-partitions.ts";
import type { Statements } from "./statements.ts";

/** No chunk crosses the hour, so that a reader knows how far back one may begin. */
export const CHUNK_SPAN_MS = 3_600_000;
/** Places of a batch's events follow from its number: no batch has more events. */
const BATCH_MAX_EVENTS = 10_000;

export interface NewLogEvent {
  readonly timestampMs: number;
  readonly message: string;
}

/** A writer that repeats what was not acknowledged numbers its batches, so that none is taken twice. */
export interface BatchNumber {
  readonly writer: string;
  readonly number: number;
}

interface Destination {
  readonly groupId: string;
  readonly streamId: string;
  readonly batch?: BatchNumber | null;
}

/** The events must be in order. Answers the place of the last one, or null when nothing was added: see `wasAppended`. */
export async function appendLogEvents(
  db: Db,
  stream: Destination,
  events: readonly NewLogEvent[],
  nowMs: number,
): Promise<number | null> {
  const parts = [...byHour(events).values()].map((part) =>
    packChunk(part.map((event, index) => ({ ...event, ingestedMs: nowMs, seq: index }))),
  );
  for (const { firstMs } of parts) await ensureLogPartition(db, firstMs);
  const [only] = parts;
  // One statement is a transaction of its own.
  if (parts.length === 1 && only) return appendChunk(db, stream, only);
  return db.write(async (tx) => {
    let last: number | null = null;
    // The first part's row answers for the batch; the others come with it.
    for (const [index, part] of parts.entries()) {
      last = await appendChunk(tx, index === 0 ? stream : { ...stream, batch: null }, part);
      if (last === null) return null;
    }
    return last;
  });
}

/** Whether the stream has taken that batch, or one after it, of its newest writer. */
export async function wasAppended(
  db: Statements,
  streamId: string,
  { writer, number }: BatchNumber,
): Promise<boolean> {
  const rows = await db.query(
    "SELECT 1 FROM log_streams WHERE id = $1 AND batch_writer = $2 AND batch_number >= $3",
    [streamId, writer, number],
  );
  return rows.length > 0;
}

function byHour(events: readonly NewLogEvent[]): ReadonlyMap<number, readonly NewLogEvent[]> {
  const hours = new Map<number, NewLogEvent[]>();
  for (const event of events) {
    const hour = Math.floor(event.timestampMs / CHUNK_SPAN_MS);
    const part = hours.get(hour);
    if (part) part.push(event);
    else hours.set(hour, [event]);
  }
  return hours;
}

/** The number is drawn while the stream's row is locked: within a stream, numbers rise in the order of commits. */
async function appendChunk(
  tx: Statements,
  { groupId, streamId, batch = null }: Destination,
  chunk: PackedChunk,
): Promise<number | null> {
  const [row] = await tx.query<{ seq: number }>(
    `WITH stream AS (
       UPDATE log_streams SET first_event_ms = least(first_event_ms, $3), last_event_ms = greatest(last_event_ms, $4),
         last_ingestion_ms = greatest(last_ingestion_ms, $5), stored_bytes = stored_bytes + $9,
         loose_chunks = loose_chunks + 1, batch_writer = coalesce($10, batch_writer),
         batch_number = coalesce($11, batch_number)
       WHERE id = $1 AND NOT (coalesce(batch_writer = $10, false) AND coalesce(batch_number >= $11, false))
       RETURNING id, nextval('log_batches') * ${BATCH_MAX_EVENTS} AS seq)
     INSERT INTO log_chunks (group_id, stream_id, first_ms, last_ms, seq, ingested_ms, events, bytes, loose, body)
     SELECT $2, stream.id, $3, $4, stream.seq, $5, $6, $7, true, $8 FROM stream RETURNING seq::float8 AS seq`,
    [
      streamId,
      groupId,
      chunk.firstMs,
      chunk.lastMs,
      chunk.ingestedMs,
      chunk.events,
      chunk.bytes,
      chunk.body,
      chunk.body.length,
      batch?.writer ?? null,
      batch?.number ?? null,
    ],
    "log-chunk-append",
  );
  return row ? row.seq + chunk.events - 1 : null;
}
