/** Mints identifiers: sortable ones for rows, random ones for requests and messages; every process calls it. */
import { randomInt, randomUUID } from "node:crypto";

/** Ids of one millisecond are numbered from a place of chance in the lower half, so that there is room for more. */
const SEQUENCE_MAX = 0xfff;
const SEQUENCE_START_MAX = 0x7ff;

/**
 * Mints UUIDv7s as 32 hex digits: the first 12 are the millisecond of minting, so ids sort by age, and those of one minter do
 * so within a millisecond and over a clock that goes back.
 */
export function createIds(nowMs: () => number): () => string {
  let newestMs = 0;
  let sequence = 0;
  return () => {
    const now = nowMs();
    if (now > newestMs) [newestMs, sequence] = [now, randomInt(SEQUENCE_START_MAX + 1)];
    else if (sequence < SEQUENCE_MAX) sequence += 1;
    else [newestMs, sequence] = [newestMs + 1, 0];
    const time = newestMs.toString(16).padStart(12, "0");
    return `${time}7${sequence.toString(16).padStart(3, "0")}${randomUUID().replaceAll("-", "").slice(16)}`;
  };
}

/** A row's id; those of one process sort in the order in which they were minted. */
export const newId = createIds(Date.now);

/** A hyphenated UUIDv4, the form AWS uses for request and message ids. */
export const newUuid = (): string => randomUUID();
