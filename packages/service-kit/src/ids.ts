/** Mints identifiers: sortable ones for rows, random ones for requests and messages; every process calls it. */
import { randomUUID } from "node:crypto";

/** A UUIDv7 as 32 hex digits: its first 12 are the millisecond it was minted, so ids sort by age. */
export function newId(): string {
  const random = randomUUID().replaceAll("-", "");
  return `${Date.now().toString(16).padStart(12, "0")}7${random.slice(13)}`;
}

/** A hyphenated UUIDv4, the form AWS uses for request and message ids. */
export const newUuid = (): string => randomUUID();
