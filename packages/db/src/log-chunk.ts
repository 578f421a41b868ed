/** Packs log events of one stream into a compressed chunk and unpacks them; writing, reading and compacting logs call it. */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";

export interface LogEvent {
  readonly timestampMs: number;
  readonly ingestedMs: number;
  /** Greater than that of every event the stream took before; with the timestamp it is the event's place for ever. */
  readonly seq: number;
  readonly message: string;
}

/** What every value of a chunk's columns is counted from. */
export interface ChunkBase {
  readonly firstMs: number;
  readonly ingestedMs: number;
  readonly seq: number;
}

export interface PackedChunk extends ChunkBase {
  readonly lastMs: number;
  readonly events: number;
  /** Of all messages, before compression. */
  readonly bytes: number;
  readonly body: Buffer;
}

/** What an event takes in memory beside its message: what bounds the work on chunks counts it. */
const EVENT_BYTES = 100;

export const chunkCost = ({ bytes, events }: { readonly bytes: number; readonly events: number }): number =>
  bytes + events * EVENT_BYTES;

const LEVEL = 3;
/** A chunk holds one batch of PutLogEvents, or what compaction put together of several. */
const BODY_MAX_BYTES = 32 * 1_024 * 1_024;
const VARINT_MAX_BYTES = 8;

/** The events must be in order and not empty. Column by column, because neighbours in a column differ little. */
export function packChunk(events: readonly LogEvent[]): PackedChunk {
  const [first] = events;
  if (!first) throw new Error("a chunk holds at least one event");
  const base: ChunkBase = {
    firstMs: first.timestampMs,
    ingestedMs: first.ingestedMs,
    seq: events.reduce((least, { seq }) => Math.min(least, seq), first.seq),
  };
  const messages = events.map(({ message }) => Buffer.from(message));
  const bytes = messages.reduce((sum, { length }) => sum + length, 0);
  const head = Buffer.allocUnsafe((4 * events.length + 1) * VARINT_MAX_BYTES);
  let at = putVarint(head, 0, events.length);
  at = putDeltas(head, at, base.firstMs, events, ({ timestampMs }) => timestampMs);
  at = putDeltas(head, at, base.ingestedMs, events, ({ ingestedMs }) => ingestedMs);
  at = putDeltas(head, at, base.seq, events, ({ seq }) => seq);
  for (const { length } of messages) at = putVarint(head, at, length);
  return {
    ...base,
    lastMs: events.at(-1)?.timestampMs ?? base.firstMs,
    events: events.length,
    bytes,
    body: zstdCompressSync(Buffer.concat([head.subarray(0, at), ...messages]), {
      params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
    }),
  };
}

export function unpackChunk(base: ChunkBase, body: Uint8Array): readonly LogEvent[] {
  const bytes = zstdDecompressSync(body, { maxOutputLength: BODY_MAX_BYTES });
  const cursor = { at: 0 };
  const count = takeVarint(bytes, cursor);
  const timestamps = takeDeltas(bytes, cursor, count, base.firstMs);
  const ingested = takeDeltas(bytes, cursor, count, base.ingestedMs);
  const seqs = takeDeltas(bytes, cursor, count, base.seq);
  const lengths = Array.from({ length: count }, () => takeVarint(bytes, cursor));
  return lengths.map((length, i) => {
    const message = bytes.toString("utf8", cursor.at, cursor.at + length);
    cursor.at += length;
    return {
      timestampMs: timestamps[i] ?? 0,
      ingestedMs: ingested[i] ?? 0,
      seq: seqs[i] ?? 0,
      message,
    };
  });
}

function putDeltas(
  out: Buffer,
  start: number,
  from: number,
  events: readonly LogEvent[],
  columnOf: (event: LogEvent) => number,
): number {
  let [at, previous] = [start, from];
  for (const event of events) {
    const value = columnOf(event);
    const delta = value - previous;
    // Zigzag: small numbers of either sign stay small.
    at = putVarint(out, at, delta >= 0 ? delta * 2 : -delta * 2 - 1);
    previous = value;
  }
  return at;
}

function takeDeltas(bytes: Buffer, cursor: { at: number }, count: number, from: number): readonly number[] {
  let previous = from;
  return Array.from({ length: count }, () => {
    const zigzag = takeVarint(bytes, cursor);
    previous += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    return previous;
  });
}

/** By division, since these numbers outgrow 32 bits. */
function putVarint(out: Buffer, start: number, value: number): number {
  let [at, rest] = [start, value];
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out[at++] = (rest % 0x80) + 0x80;
  out[at++] = rest;
  return at;
}

function takeVarint(bytes: Buffer, cursor: { at: number }): number {
  let [value, scale] = [0, 1];
  for (;;) {
    const byte = bytes[cursor.at++] ?? 0;
    value += (byte % 0x80) * scale;
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
}
