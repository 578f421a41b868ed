/** Decides which events of a PutLogEvents request are taken, and what is said of the others; pure. */
import type { NewLogEvent } from "@roadstead/db/log-write";
import { logsErrors } from "./errors.ts";

const BATCH_MAX_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SPAN_MAX_MS = DAY_MS;
const TOO_OLD_MS = 14 * DAY_MS;
const TOO_NEW_MS = 2 * HOUR_MS;

export interface RejectedEvents {
  readonly tooNewLogEventStartIndex?: number;
  readonly tooOldLogEventEndIndex?: number;
  readonly expiredLogEventEndIndex?: number;
}

export interface CheckedBatch {
  readonly accepted: readonly NewLogEvent[];
  readonly rejected: RejectedEvents | undefined;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
export function checkBatch(
  events: readonly NewLogEvent[],
  group: { readonly retentionDays: number | null },
  nowMs: number,
): CheckedBatch {
  refuseUnfit(events);
  const tooOld = countBefore(events, nowMs - TOO_OLD_MS);
  const expired =
    group.retentionDays === null ? 0 : countBefore(events, nowMs - group.retentionDays * DAY_MS);
  const taken = countBefore(events, nowMs + TOO_NEW_MS + 1);
  const rejected: RejectedEvents = {
    ...(taken < events.length ? { tooNewLogEventStartIndex: taken } : {}),
    ...(tooOld > 0 ? { tooOldLogEventEndIndex: tooOld } : {}),
    ...(expired > 0 ? { expiredLogEventEndIndex: expired } : {}),
  };
  return {
    accepted: events.slice(Math.max(tooOld, expired), taken),
    rejected: Object.keys(rejected).length > 0 ? rejected : undefined,
  };
}

function refuseUnfit(events: readonly NewLogEvent[]): void {
  let bytes = 0;
  let previous = Number.NEGATIVE_INFINITY;
  for (const { timestampMs, message } of events) {
    const size = Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
    if (size > BATCH_MAX_BYTES) throw logsErrors.eventTooLarge(size, BATCH_MAX_BYTES);
    bytes += size;
    if (timestampMs < previous) throw logsErrors.notInOrder();
    previous = timestampMs;
  }
  if (bytes > BATCH_MAX_BYTES) throw logsErrors.uploadTooLarge(bytes, BATCH_MAX_BYTES);
  const spanMs = previous - (events[0]?.timestampMs ?? previous);
  if (spanMs > SPAN_MAX_MS) throw logsErrors.spansTooLong();
}

/** How many events come before that moment; they are in order. */
function countBefore(events: readonly NewLogEvent[], ms: number): number {
  const index = events.findIndex(({ timestampMs }) => timestampMs >= ms);
  return index < 0 ? events.length : index;
}
