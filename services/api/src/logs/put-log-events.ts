/** logs:PutLogEvents. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
import { PutLogEvents$, type PutLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { findLogStream } from "@roadstead/db/log-streams";
import { appendLogEvents, wasAppended } from "@roadstead/db/log-write";
import { readBatchToken } from "@roadstead/model/log-batch";
import { operation } from "../operation.ts";
import { checkBatch } from "./check-batch.ts";
import { logsErrors } from "./errors.ts";
import { digitsOf } from "./event-place.ts";
import { authorizeGroup } from "./group.ts";

export const putLogEvents = operation<PutLogEventsCommand>(PutLogEvents$, {
  authorize: authorizeGroup("logs:PutLogEvents"),
  async handle({ input, ctx }) {
    const nowMs = Date.now();
    const { groupId, streamId, retentionDays } = await findLogStream(ctx.db, {
      scopeId: ctx.scope.id,
      group: input.logGroupName ?? "",
      name: input.logStreamName ?? "",
    });
    if (groupId === null) throw logsErrors.groupNotFound();
    if (streamId === null) throw logsErrors.streamNotFound();
    const events = (input.logEvents ?? []).map(({ timestamp = 0, message = "" }) => ({
      timestampMs: timestamp,
      message,
    }));
    const { accepted, rejected } = checkBatch(events, { retentionDays }, nowMs);
    // Any token that is answered will do: none but our agents' is looked at.
    if (accepted.length === 0) return answer({ timestampMs: nowMs, seq: 0 }, rejected);
    const batch = readBatchToken(input.sequenceToken);
    const seq = await appendLogEvents(ctx.db, { groupId, streamId, batch }, accepted, nowMs);
    if (seq === null && !(batch && (await wasAppended(ctx.db, streamId, batch)))) {
      throw logsErrors.streamNotFound();
    }
    return answer({ timestampMs: nowMs, seq: seq ?? 0 }, rejected);
  },
});

const answer = (
  place: Parameters<typeof digitsOf>[0],
  rejectedLogEventsInfo: ReturnType<typeof checkBatch>["rejected"],
) => ({ nextSequenceToken: digitsOf(place), rejectedLogEventsInfo });
