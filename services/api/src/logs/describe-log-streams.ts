/** logs:DescribeLogStreams. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html */
import {
  DescribeLogStreams$,
  type DescribeLogStreamsCommand,
  type LogStream,
} from "@aws-sdk/client-cloudwatch-logs";
import { type LogStreamRow, listLogStreams, type StreamCursor } from "@roadstead/db/log-streams";
import { logStreamArn } from "@roadstead/model/arn";
import type { ApiContext } from "../context.ts";
import { operation } from "../operation.ts";
import { logsErrors } from "./errors.ts";
import { authorizeGroup, existingGroup, groupNameOf } from "./group.ts";
import { loadLogsPage } from "./page.ts";

export const describeLogStreams = operation<DescribeLogStreamsCommand>(DescribeLogStreams$, {
  authorize: authorizeGroup("logs:DescribeLogStreams"),
  async handle({ input, ctx }) {
    const group = groupNameOf(ctx, input);
    const orderBy = input.orderBy ?? "LogStreamName";
    if (orderBy === "LastEventTime" && input.logStreamNamePrefix !== undefined) {
      throw logsErrors.timeAndPrefix();
    }
    const { id: groupId } = await existingGroup(ctx, group);
    const filter = {
      groupId,
      prefix: input.logStreamNamePrefix ?? "",
      orderBy,
      descending: input.descending ?? false,
    };
    const { rows, nextToken } = await loadLogsPage({
      ctx,
      operation: "DescribeLogStreams",
      filter,
      input,
      load: (after: StreamCursor | null, limit) => listLogStreams(ctx.db, { ...filter, after, limit }),
      cursorOf: ({ name, lastEventMs }) => ({ name, lastEventMs: lastEventMs ?? 0 }),
    });
    return { logStreams: rows.map((row) => renderStream(ctx, group, row)), nextToken };
  },
});

const renderStream = ({ scope }: ApiContext, group: string, row: LogStreamRow): LogStream => ({
  logStreamName: row.name,
  creationTime: row.createdAt.getTime(),
  firstEventTimestamp: row.firstEventMs ?? undefined,
  lastEventTimestamp: row.lastEventMs ?? undefined,
  lastIngestionTime: row.lastIngestionMs ?? undefined,
  arn: logStreamArn(scope, group, row.name),
  storedBytes: 0,
});
