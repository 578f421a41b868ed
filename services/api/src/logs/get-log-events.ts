/** logs:GetLogEvents. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html */
import { GetLogEvents$, type GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import { readLogEvents, type StreamEvent } from "@roadstead/db/log-read";
import { findLogStream } from "@roadstead/db/log-streams";
import { operation } from "../operation.ts";
import { logsErrors } from "./errors.ts";
import { eventToken, readEventToken } from "./event-place.ts";
import { authorizeGroup, groupNameOf } from "./group.ts";
import { keptSince, PAGE_MAX_BYTES, PAGE_MAX_EVENTS, TIME_MAX_MS } from "./read-bounds.ts";

export const getLogEvents = operation<GetLogEventsCommand>(GetLogEvents$, {
  authorize: authorizeGroup("logs:GetLogEvents"),
  async handle({ input, ctx }) {
    const { groupId, streamId, retentionDays } = await findLogStream(ctx.db, {
      scopeId: ctx.scope.id,
      group: groupNameOf(ctx, input),
      name: input.logStreamName ?? "",
    });
    if (groupId === null) throw logsErrors.groupNotFound();
    if (streamId === null) throw logsErrors.streamNotFound();
    const token = input.nextToken === undefined ? null : readEventToken(input.nextToken);
    if (input.nextToken !== undefined && !token) throw logsErrors.badToken();
    const startMs = input.startTime ?? 0;
    const { events } = await ctx.db.read((tx) =>
      readLogEvents(tx, {
        source: { groupId, streamIds: [streamId], streamPrefix: null },
        direction: token?.direction ?? (input.startFromHead ? "forward" : "backward"),
        beyond: token?.place ?? null,
        fromMs: Math.max(startMs, keptSince(retentionDays, Date.now())),
        untilMs: input.endTime ?? TIME_MAX_MS,
        matches: () => true,
        limit: input.limit ?? PAGE_MAX_EVENTS,
        maxBytes: PAGE_MAX_BYTES,
        searchMaxCost: Number.POSITIVE_INFINITY,
      }),
    );
    // Before the first event of all, so that reading goes on with whatever comes.
    const nowhere = token?.place ?? { timestampMs: startMs, seq: 0 };
    return {
      events: events.map(renderEvent),
      nextForwardToken: eventToken("forward", events.at(-1) ?? nowhere),
      nextBackwardToken: eventToken("backward", events[0] ?? nowhere),
    };
  },
});

const renderEvent = ({ timestampMs, message, ingestedMs }: StreamEvent) => ({
  timestamp: timestampMs,
  message,
  ingestionTime: ingestedMs,
});
