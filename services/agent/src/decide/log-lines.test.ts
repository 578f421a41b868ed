/** Guarantees of reading a container's output exactly once, whatever interrupts it. */
import type { LogEntry } from "@roadstead/runtime/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLineBuffer, LOG_START, type LogLine } from "./log-lines.ts";

const BASE_MS = Date.parse("2026-01-02T03:04:05.000Z");
const entry = (atMs: number, text: string, more: Partial<LogEntry> = {}): LogEntry => ({
  source: "stdout",
  time: new Date(BASE_MS + atMs).toISOString(),
  text,
  isPartial: false,
  ...more,
});

/** Entries a few milliseconds to seconds apart, some older than the one before, some of them parts of lines. */
const logs = fc
  .array(
    fc.record({
      stepMs: fc.integer({ min: -300, max: 900 }),
      source: fc.constantFrom("stdout" as const, "stderr" as const),
      isPartial: fc.boolean(),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((steps) => {
    let [atMs, newestMs] = [0, 0];
    return steps.map(({ stepMs, ...more }, index) => {
      // However late an entry is, it is not a second older than one before it.
      atMs = Math.max(atMs + stepMs, newestMs - 900, 0);
      newestMs = Math.max(newestMs, atMs);
      return entry(atMs, `<${index}>`, more);
    });
  });

/** What the engine answers to a reader that asks from that moment on. */
const from = (log: readonly LogEntry[], sinceMs: number) =>
  log.filter(({ time }) => Date.parse(time) >= sinceMs);

function readWhole(log: readonly LogEntry[]): readonly LogLine[] {
  const buffer = createLineBuffer(LOG_START);
  buffer.take(log);
  return buffer.cut(true)?.lines ?? [];
}

test("however often reading breaks off, every line is read once and in order", () => {
  fc.assert(
    fc.property(
      logs,
      fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 20 })), { maxLength: 12 }),
      (log, lives) => {
        const lines: LogLine[] = [];
        let position = LOG_START;
        for (const [takenBeforeCut, takenAfterCut] of lives) {
          const buffer = createLineBuffer(position);
          const answered = from(log, position.sinceMs);
          const end = Math.min(position.taken + takenBeforeCut, answered.length);
          buffer.take(answered.slice(0, end));
          const cut = buffer.cut(false);
          // What is taken after the last cut is forgotten with this life.
          buffer.take(answered.slice(end, end + takenAfterCut));
          if (!cut) continue;
          lines.push(...cut.lines);
          position = cut.position;
        }
        const last = createLineBuffer(position);
        last.take(from(log, position.sinceMs));
        lines.push(...(last.cut(true)?.lines ?? []));
        expect(lines).toEqual(readWhole(log));
      },
    ),
    { numRuns: 300 },
  );
});

describe("lines", () => {
  test("are put together out of parts, each source for itself, at the time of their first part", () => {
    const log = [entry(0, "a1", { isPartial: true }), entry(5, "b", { source: "stderr" }), entry(9, "a2")];
    expect(readWhole(log)).toEqual([
      [BASE_MS + 5, "b"],
      [BASE_MS, "a1a2"],
    ]);
  });

  test("that do not end are cut at a length, and empty ones are left out", () => {
    const part = entry(0, "x".repeat(16_384), { isPartial: true });
    const lines = readWhole([entry(0, ""), ...Array.from({ length: 17 }, () => part), entry(1, "")]);
    expect(lines.map(([, text]) => text.length)).toEqual([262_144, 16_384]);
  });

  test("are kept back while one is unfinished, unless all is asked for", () => {
    const buffer = createLineBuffer(LOG_START);
    buffer.take([entry(0, "whole"), entry(1, "begun", { isPartial: true })]);
    expect(buffer.cut(false)?.lines).toEqual([[BASE_MS, "whole"]]);
    expect(buffer.cut(false)).toBeNull();
    expect([buffer.isEmpty, buffer.cut(true)?.lines]).toEqual([false, [[BASE_MS + 1, "begun"]]]);
    expect(buffer.isEmpty).toBe(true);
  });
});

test("what the engine threw away is not waited for", () => {
  const buffer = createLineBuffer({ sinceMs: BASE_MS, taken: 1_000, newestMs: BASE_MS + 100 });
  buffer.take([entry(50, "read before"), entry(5_000, "new"), entry(5_001, "newer")]);
  expect(buffer.cut(true)?.lines.map(([, text]) => text)).toEqual(["new", "newer"]);
});

test("few entries have to be read again after a long log", () => {
  const buffer = createLineBuffer(LOG_START);
  for (let second = 0; second < 60; second++) {
    buffer.take(Array.from({ length: 100 }, (_, i) => entry(second * 1_000 + i * 10, "x")));
    buffer.cut(false);
  }
  buffer.take([entry(60_000, "x")]);
  expect(buffer.cut(false)?.position.taken).toBeLessThan(250);
});
