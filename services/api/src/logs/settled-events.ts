/**
 * Leaves lines that containers wrote a moment ago to the next answer; FilterLogEvents calls this. Who follows a group, as
 * `aws logs tail` does, asks from the newest event on that it was given, so that a line of another container that was written
 * before that one but sent after it would never be seen.
 */
import type { StreamEvent } from "@roadstead/db/log-read";

/** Agents send a line within about 200 ms, and on a machine that is busy within this. */
export const SETTLING_MS = 700;

type Streams = ReadonlyMap<string, { readonly isOfContainer: boolean }>;

export interface LogMoment {
  readonly nowMs: number;
  /** From here on lines are still on their way, as after an outage; null when none is known to be. */
  readonly completeMs: number | null;
}

/** The events before the first that is a container's and may not have all its elders yet; later ones of others would hide those too. */
export function settledEvents(
  events: readonly StreamEvent[],
  streams: Streams,
  { nowMs, completeMs }: LogMoment,
): readonly StreamEvent[] {
  // A machine whose clock is ahead writes lines of the future: those are settled a moment after they came.
  const isOfThisMoment = ({ timestampMs, ingestedMs }: StreamEvent) =>
    Math.min(timestampMs, ingestedMs) > nowMs - SETTLING_MS;
  const isAhead = ({ timestampMs }: StreamEvent) => completeMs !== null && timestampMs > completeMs;
  const end = events.findIndex(
    (event) =>
      (isOfThisMoment(event) || isAhead(event)) && streams.get(event.streamId)?.isOfContainer === true,
  );
  return end < 0 ? events : events.slice(0, end);
}
