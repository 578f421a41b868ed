/** logs:FilterLogEvents. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
import { FilterLogEvents$, type FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { LogGroupRow } from "@roadstead/db/log-groups";
import type { LogPosition } from "@roadstead/db/log-page";
import { type LogQuery, type LogSource, readLogEvents, type StreamEvent } from "@roadstead/db/log-read";
import { completeUntil, findLogStreams, logStreamNames } from "@roadstead/db/log-streams";
import { openPageToken, sealPageToken } from "@roadstead/db/page-token";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { logsErrors } from "./errors.ts";
import { digitsOf } from "./event-place.ts";
import { compileFilterPattern } from "./filter-pattern.ts";
import { authorizeGroup, existingGroup, groupNameOf } from "./group.ts";
import { keptSince, PAGE_MAX_BYTES, PAGE_MAX_EVENTS, TIME_MAX_MS } from "./read-bounds.ts";
import { type LogMoment, SETTLING_MS, settledEvents } from "./settled-events.ts";

/** A search that finds little answers what it has and a token, so that no request runs long. */
const SEARCH_MAX_COST = 64 * 1_024 * 1_024;

type Input = FilterLogEventsCommand["input"];
type Streams = ReadonlyMap<string, { readonly name: string; readonly isOfContainer: boolean }>;

export const filterLogEvents = operation<FilterLogEventsCommand>(FilterLogEvents$, {
  authorize: ({ input, ctx }) =>
    authorizeGroup("logs:FilterLogEvents")({
      input: { logGroupName: input.logGroupName, logGroupIdentifier: input.logGroupIdentifier },
      ctx,
    }),
  async handle({ input, ctx }) {
    const group = await existingGroup(ctx, groupNameOf(ctx, input));
    const place = { scopeId: ctx.scope.id, operation: "FilterLogEvents", filter: filterOf(group, input) };
    const beyond = placeOf(ctx, place, input.nextToken);
    const query = queryOf(group, input, beyond, await sourceOf(ctx, group, input));
    const moment = input.endTime === undefined ? await momentOf(ctx, group) : null;
    const { events, resume } = await ctx.db.read((tx) => readLogEvents(tx, query));
    const streams = await streamsOf(ctx, events);
    const settled = moment ? settledEvents(events, streams, moment) : events;
    const goesOn = resume && settled.length === events.length;
    return {
      events: settled.map((event) => rendered(event, streams)),
      searchedLogStreams: [],
      nextToken: goesOn ? sealPageToken(ctx.pageTokens, place, JSON.stringify(resume)) : undefined,
    };
  },
});

/** What a token is good for. */
const filterOf = (group: LogGroupRow, input: Input) => [
  group.id,
  input.logStreamNames,
  input.logStreamNamePrefix,
  input.filterPattern,
  input.startTime,
  input.endTime,
];

function placeOf(
  ctx: ApiContext,
  place: Parameters<typeof openPageToken>[1],
  token: string | undefined,
): LogPosition | null {
  if (token === undefined) return null;
  const opened = openPageToken(ctx.pageTokens, place, token);
  if (opened === null) throw logsErrors.badToken();
  const { timestampMs, seq } = JSON.parse(opened) as LogPosition;
  return { timestampMs, seq };
}

async function sourceOf(ctx: ApiContext, { id: groupId }: LogGroupRow, input: Input): Promise<LogSource> {
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input;
  if (names && prefix !== undefined) throw logsErrors.namesAndPrefix();
  if (!names) return { groupId, streamIds: null, streamPrefix: prefix ?? null };
  const streams = await findLogStreams(ctx.db, groupId, names);
  if (streams.length < new Set(names).size) throw logsErrors.streamNotFound();
  return { groupId, streamIds: streams.map(({ id }) => id), streamPrefix: null };
}

const queryOf = (
  group: LogGroupRow,
  input: Input,
  beyond: LogPosition | null,
  source: LogSource,
): LogQuery => ({
  source,
  direction: "forward",
  beyond,
  fromMs: Math.max(input.startTime ?? 0, keptSince(group.retentionDays, Date.now())),
  // Here, unlike in GetLogEvents, the last moment counts.
  untilMs: input.endTime === undefined ? TIME_MAX_MS : Math.min(input.endTime + 1, TIME_MAX_MS),
  matches: compileFilterPattern(input.filterPattern ?? ""),
  limit: input.limit ?? PAGE_MAX_EVENTS,
  maxBytes: PAGE_MAX_BYTES,
  searchMaxCost: SEARCH_MAX_COST,
});

async function momentOf(ctx: ApiContext, group: LogGroupRow): Promise<LogMoment> {
  const nowMs = Date.now();
  return { nowMs, completeMs: await completeUntil(ctx.db, group.id, { nowMs, lateMs: SETTLING_MS }) };
}

async function streamsOf(ctx: ApiContext, events: readonly StreamEvent[]): Promise<Streams> {
  const ids = [...new Set(events.map(({ streamId }) => streamId))];
  const streams = ids.length > 0 ? await logStreamNames(ctx.db, ids) : [];
  return new Map(streams.map((stream) => [stream.id, stream]));
}

const rendered = (event: StreamEvent, streams: Streams) => ({
  logStreamName: streams.get(event.streamId)?.name,
  timestamp: event.timestampMs,
  message: event.message,
  ingestionTime: event.ingestedMs,
  eventId: digitsOf(event),
});
