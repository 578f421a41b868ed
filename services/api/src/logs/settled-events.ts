/**
 * Leaves lines that containers wrote a moment ago to the next answer; FilterLogEvents calls this. Who follows a group, as
 * `aws logs tail` does, asks from the newest event on that it was given, so that a line of another container that was written
 * before that one but sent after it would never be seen.
 */
import type { StreamEvent } from "@roadstead/db/log-read";

/** Agents send a line within about 200 ms, and on a machine that is busy within this. */
export const SETTLING_MS = 700;

type Streams = ReadonlyMap<string, { readonly isOfContainer: boolean }>;

/** The events before the first that is a container's and newer than `settledMs`; later ones of others would hide it too. */
export function settledEvents(
  events: readonly StreamEvent[],
  streams: Streams,
  settledMs: number,
): readonly StreamEvent[] {
  const end = events.findIndex(
    ({ streamId, timestampMs }) => timestampMs > settledMs && streams.get(streamId)?.isOfContainer === true,
  );
  return end < 0 ? events : events.slice(0, end);
}
