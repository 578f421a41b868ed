/** cloudwatch:DescribeAlarmHistory. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html */
import { DescribeAlarmHistory$, type DescribeAlarmHistoryCommand } from "@aws-sdk/client-cloudwatch";
import { listAlarmHistory } from "@roadstead/db/alarm-list";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { loadPage } from "./page.ts";
import { onAlarm } from "./subject.ts";

const SIZE = 100;

export const describeAlarmHistory = operation<DescribeAlarmHistoryCommand>(DescribeAlarmHistory$, {
  authorize: ({ input, ctx }) => onAlarm(ctx, "DescribeAlarmHistory", input.AlarmName ?? "*"),
  async handle({ input, ctx }) {
    if (input.AlarmContributorId !== undefined)
      throw cloudwatchErrors.unsupported("Contributors of alarms are");
    if (input.AlarmTypes?.length && !input.AlarmTypes.includes("MetricAlarm"))
      return { AlarmHistoryItems: [] };
    const filter = {
      alarmName: input.AlarmName ?? null,
      kind: input.HistoryItemType ?? null,
      from: input.StartDate ?? null,
      to: input.EndDate ?? null,
      newestFirst: input.ScanBy !== "TimestampAscending",
    };
    const { rows, next } = await loadPage(ctx, {
      operation: "DescribeAlarmHistory",
      filter,
      size: input.MaxRecords ?? SIZE,
      token: input.NextToken,
      load: (after, limit) =>
        listAlarmHistory(ctx.db, ctx.scope.id, { ...filter, after: after || null, limit }),
      keyOf: ({ id }) => id,
    });
    return {
      AlarmHistoryItems: rows.map((row) => ({
        AlarmName: row.alarmName,
        AlarmType: "MetricAlarm" as const,
        Timestamp: row.at,
        HistoryItemType: row.kind,
        HistorySummary: row.summary,
        HistoryData: JSON.stringify(row.data),
      })),
      ...next,
    };
  },
});
