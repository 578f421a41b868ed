/** Puts lines together out of the engine's entries, and remembers exactly how far they were read; followers of logs call this. */
import type { LogEntry } from "@roadstead/runtime/runtime";

/**
 * How far a log was read. Entries of two sources may stand in another order than their times, so a time alone does
 * not say it: of the entries from `sinceMs` on, in the engine's order, so many were taken.
 */
export interface ReadPosition {
  readonly sinceMs: number;
  readonly taken: number;
  /** Time of the newest entry that was taken. */
  readonly newestMs: number;
}

export const LOG_START: ReadPosition = { sinceMs: 0, taken: 0, newestMs: 0 };

/** Milliseconds and text. */
export type LogLine = readonly [timestampMs: number, message: string];

export interface Cut {
  readonly lines: readonly LogLine[];
  readonly position: ReadPosition;
}

export interface LineBuffer {
  take(entries: readonly LogEntry[]): void;
  readonly isFull: boolean;
  readonly isEmpty: boolean;
  /** Whole lines up to a point at which none is unfinished; with `all` the unfinished too. Null when there is nothing. */
  cut(all: boolean): Cut | null;
}

/** Within this entries may stand in another order than their times. */
const DISORDER_MS = 1_000;
const BUCKET_MS = 100;
/** Well inside what PutLogEvents takes. */
const FULL_LINES = 5_000;
const FULL_BYTES = 512 * 1_024;
const LINE_MAX_CHARS = 256 * 1_024;

export function createLineBuffer(start: ReadPosition): LineBuffer {
  const unfinished = new Map<LogEntry["source"], LogLine>();
  /** How many entries were seen, by their time. */
  const buckets = new Map<number, number>();
  let [sinceMs, newestMs, seen, toSkip] = [start.sinceMs, start.newestMs, 0, start.taken];
  let lines: LogLine[] = [];
  let size = 0;
  /** Up to where no line was unfinished. */
  let clean = { lines: 0, seen: start.taken, newestMs };

  const finish = (line: LogLine) => {
    if (line[1] === "") return;
    lines.push(line);
    size += line[1].length;
  };
  /** One older than what is counted from will not be read again, and so is not to be skipped. */
  const count = (ms: number) => {
    if (ms < sinceMs) return;
    const bucket = Math.floor(ms / BUCKET_MS);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    seen++;
  };
  const takeOne = (entry: LogEntry) => {
    const parsed = Date.parse(entry.time);
    // An engine that tells no time: as late as the entry before.
    const ms = Number.isNaN(parsed) ? newestMs : parsed;
    count(ms);
    // One that is too new was not taken: the engine has thrown away some that were.
    if (toSkip > 0 && ms > start.newestMs + DISORDER_MS) toSkip = 0;
    if (toSkip > 0) return void toSkip--;
    newestMs = Math.max(newestMs, ms);
    const [at, before] = unfinished.get(entry.source) ?? [ms, ""];
    const text = before + entry.text;
    unfinished.delete(entry.source);
    if (entry.isPartial && text.length < LINE_MAX_CHARS) unfinished.set(entry.source, [at, text]);
    else finish([at, text]);
    if (unfinished.size === 0) markClean();
  };
  const markClean = () => {
    clean = { lines: lines.length, seen, newestMs };
  };
  /** Moves the moment that entries are counted from, so that few have to be read again. */
  const moveSince = () => {
    const to = Math.floor((newestMs - DISORDER_MS) / BUCKET_MS);
    if (unfinished.size > 0 || toSkip > 0 || to * BUCKET_MS <= sinceMs) return;
    for (const [bucket, count] of buckets) {
      if (bucket >= to) continue;
      buckets.delete(bucket);
      seen -= count;
    }
    sinceMs = to * BUCKET_MS;
    markClean();
  };
  return {
    take(entries) {
      for (const entry of entries) takeOne(entry);
    },
    get isFull() {
      return lines.length >= FULL_LINES || size >= FULL_BYTES;
    },
    get isEmpty() {
      return lines.length === 0 && unfinished.size === 0;
    },
    cut(all) {
      if (all) {
        for (const line of unfinished.values()) finish(line);
        unfinished.clear();
        markClean();
      }
      if (clean.lines === 0) return null;
      const cut = lines.slice(0, clean.lines);
      lines = lines.slice(clean.lines);
      size = lines.reduce((sum, [, text]) => sum + text.length, 0);
      clean = { ...clean, lines: 0 };
      moveSince();
      return { lines: cut, position: { sinceMs, taken: clean.seen, newestMs: clean.newestMs } };
    },
  };
}
