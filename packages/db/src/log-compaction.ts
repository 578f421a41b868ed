/** Puts the small chunks of a stream together, so that reading stays cheap; a loop of the api calls this. */
import type { Db, WriteTx } from "./connect.ts";
import { chunkCost, type LogEvent, packChunk, unpackChunk } from "./log-chunk.ts";
import { comparePositions } from "./log-page.ts";
import { CHUNK_SPAN_MS } from "./log-write.ts";

const LOOSE_MAX = 32;
/** A stream that fell silent is put in order too. */
const SILENT_MS = 10 * 60_000;
const STREAMS_AT_ONCE = 50;
/** What one transaction reads and writes. */
const PASS_MAX_CHUNKS = 200;
const PASS_MAX_COST = 8 * 1_024 * 1_024;
/** Of a chunk that is left alone from then on. */
const FULL_COST = 512 * 1_024;

interface LooseChunk {
  readonly groupId: string;
  readonly firstMs: number;
  readonly seq: number;
  readonly ingestedMs: number;
  readonly bytes: number;
  readonly body: Buffer;
}

/** Answers how many chunks went into others. Replicas share the work. */
export async function compactLogs(db: Db, nowMs: number): Promise<number> {
  const due = await db.query<{ id: string }>(
    `SELECT id FROM log_streams WHERE loose_chunks >= $1 OR (loose_chunks > 0 AND last_ingestion_ms < $2)
     ORDER BY loose_chunks DESC LIMIT ${STREAMS_AT_ONCE}`,
    [LOOSE_MAX, nowMs - SILENT_MS],
  );
  let compacted = 0;
  for (const { id } of due) compacted += await db.write((tx) => compactStream(tx, id, nowMs));
  return compacted;
}

async function compactStream(tx: WriteTx, streamId: string, nowMs: number): Promise<number> {
  const [lock] = await tx.query<{ mine: boolean }>(
    "SELECT pg_try_advisory_xact_lock(hashtextextended('log-stream ' || $1, 0)) AS mine",
    [streamId],
  );
  if (!lock?.mine) return 0;
  // Writers go on; only the stream's deletion waits, so that nothing is written after its chunks were removed.
  const held = await tx.query("SELECT 1 FROM log_streams WHERE id = $1 FOR KEY SHARE", [streamId]);
  if (held.length === 0) return 0;
  const chunks = await takeLoose(tx, streamId);
  const isClosed = (firstMs: number) => hourOf(firstMs) < hourOf(nowMs - SILENT_MS);
  let removed = 0;
  let grown = 0;
  for (const group of byHour(chunks)) {
    const [first] = group;
    if (!first) continue;
    removed += await removeChunks(tx, streamId, group);
    const events = group.flatMap((chunk) => unpackChunk(chunk, chunk.body)).sort(comparePositions);
    for (const part of inParts(events)) {
      grown += await insertChunk(tx, {
        streamId,
        groupId: first.groupId,
        part,
        isDone: isClosed(first.firstMs),
      });
    }
  }
  await tx.query(
    `UPDATE log_streams SET stored_bytes = stored_bytes + $2,
       loose_chunks = (SELECT count(*) FROM log_chunks WHERE stream_id = $1 AND loose) WHERE id = $1`,
    [streamId, grown - removed],
  );
  return chunks.length;
}

async function takeLoose(tx: WriteTx, streamId: string): Promise<readonly LooseChunk[]> {
  const sizes = await tx.query<{ firstMs: number; seq: number; bytes: number; events: number }>(
    `SELECT first_ms::float8 AS "firstMs", seq::float8 AS seq, bytes, events FROM log_chunks WHERE stream_id = $1 AND loose
     ORDER BY first_ms, seq LIMIT ${PASS_MAX_CHUNKS}`,
    [streamId],
  );
  let cost = 0;
  let last = sizes[0];
  for (const size of sizes) {
    cost += chunkCost(size);
    if (cost > PASS_MAX_COST) break;
    last = size;
  }
  if (!last) return [];
  return tx.query<LooseChunk>(
    `SELECT group_id AS "groupId", first_ms::float8 AS "firstMs", seq::float8 AS seq,
       ingested_ms::float8 AS "ingestedMs", bytes, body
     FROM log_chunks WHERE stream_id = $1 AND loose AND (first_ms, seq) <= ($2::bigint, $3::bigint)`,
    [streamId, last.firstMs, last.seq],
  );
}

const hourOf = (ms: number) => Math.floor(ms / CHUNK_SPAN_MS);

function byHour(chunks: readonly LooseChunk[]): readonly (readonly LooseChunk[])[] {
  return [...Map.groupBy(chunks, ({ firstMs }) => hourOf(firstMs)).values()];
}

function* inParts(events: readonly LogEvent[]): Iterable<readonly LogEvent[]> {
  let part: LogEvent[] = [];
  let cost = 0;
  for (const event of events) {
    part.push(event);
    cost += chunkCost({ bytes: Buffer.byteLength(event.message), events: 1 });
    if (cost < FULL_COST) continue;
    yield part;
    part = [];
    cost = 0;
  }
  if (part.length > 0) yield part;
}

async function removeChunks(tx: WriteTx, streamId: string, chunks: readonly LooseChunk[]): Promise<number> {
  const rows = await tx.query<{ size: number }>(
    `DELETE FROM log_chunks c USING unnest($2::bigint[], $3::bigint[]) AS d(first_ms, seq)
     WHERE c.stream_id = $1 AND c.first_ms = d.first_ms AND c.seq = d.seq RETURNING octet_length(body) AS size`,
    [streamId, chunks.map(({ firstMs }) => firstMs), chunks.map(({ seq }) => seq)],
  );
  return rows.reduce((sum, { size }) => sum + size, 0);
}

async function insertChunk(
  tx: WriteTx,
  chunk: {
    readonly streamId: string;
    readonly groupId: string;
    readonly part: readonly LogEvent[];
    readonly isDone: boolean;
  },
): Promise<number> {
  const packed = packChunk(chunk.part);
  await tx.query(
    `INSERT INTO log_chunks (group_id, stream_id, first_ms, last_ms, seq, ingested_ms, events, bytes, loose, body)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      chunk.groupId,
      chunk.streamId,
      packed.firstMs,
      packed.lastMs,
      packed.seq,
      packed.ingestedMs,
      packed.events,
      packed.bytes,
      !chunk.isDone && chunkCost(packed) < FULL_COST,
      packed.body,
    ],
  );
  return packed.body.length;
}
