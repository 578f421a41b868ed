/** Mints identifiers: sortable ones for rows, random ones for requests and messages; every process calls it. */
import { randomInt, randomUUID } from "node:crypto";

/** Ids of one millisecond are numbered from a place of chance in the lower half, so that there is room for more. */
const SEQUENCE_MAX = 0xfff;
const SEQUENCE_START_MAX = 0x7ff;
const newest = { ms: 0, sequence: 0 };

/**
 * A UUIDv7 as 32 hex digits: its first 12 are the millisecond it was minted, so ids sort by age, and those of one process
 * do so within a millisecond and over a clock that goes back.
 */
export function newId(): string {
  const now = Date.now();
  if (now > newest.ms) setNewest(now, randomInt(SEQUENCE_START_MAX + 1));
  else if (newest.sequence < SEQUENCE_MAX) setNewest(newest.ms, newest.sequence + 1);
  else setNewest(newest.ms + 1, 0);
  const ms = newest.ms.toString(16).padStart(12, "0");
  const sequence = newest.sequence.toString(16).padStart(3, "0");
  return `${ms}7${sequence}${randomUUID().replaceAll("-", "").slice(16)}`;
}

function setNewest(ms: number, sequence: number): void {
  newest.ms = ms;
  newest.sequence = sequence;
}

/** A hyphenated UUIDv4, the form AWS uses for request and message ids. */
export const newUuid = (): string => randomUUID();
