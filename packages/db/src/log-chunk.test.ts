/** Guarantees of the chunk format. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type LogEvent, packChunk, unpackChunk } from "./log-chunk.ts";

const event = fc.record({
  timestampMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  ingestedMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  seq: fc.integer({ min: 0, max: 2 ** 51 }),
  message: fc.string({ unit: "grapheme", minLength: 1 }),
});
const inOrder = (events: readonly LogEvent[]) =>
  [...events].sort((a, b) => a.timestampMs - b.timestampMs || a.seq - b.seq);

test("gives back exactly the events that were packed", () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 40 }), (events) => {
      const sorted = inOrder(events);
      const chunk = packChunk(sorted);
      expect(unpackChunk(chunk, chunk.body)).toEqual(sorted);
      expect([chunk.firstMs, chunk.lastMs, chunk.events]).toEqual([
        sorted[0]?.timestampMs,
        sorted.at(-1)?.timestampMs,
        sorted.length,
      ]);
    }),
  );
});

test("events keep their distance to the chunk when the chunk is given its place later", () => {
  const events = [0, 1, 2].map((seq) => ({
    timestampMs: 1_000 + seq,
    ingestedMs: 5_000,
    seq,
    message: `${seq}`,
  }));
  const chunk = packChunk(events);
  const placed = unpackChunk({ ...chunk, seq: chunk.seq + 70_000 }, chunk.body);
  expect(placed.map(({ seq }) => seq)).toEqual([70_000, 70_001, 70_002]);
});

test("lines of a log take a fraction of their size", () => {
  const events = Array.from({ length: 1_000 }, (_, i) => ({
    timestampMs: 1_700_000_000_000 + i,
    ingestedMs: 1_700_000_001_000,
    seq: i,
    message: `GET /orders/${i * 7919} 200 12 ms`,
  }));
  const chunk = packChunk(events);
  expect(chunk.body.length).toBeLessThan(chunk.bytes / 3);
});
