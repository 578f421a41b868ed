/** cloudwatch:DescribeAlarms. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
import { DescribeAlarms$, type DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { listAlarms } from "@roadstead/db/alarm-list";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { loadPage } from "./page.ts";
import { renderAlarm } from "./render.ts";
import { onAlarm } from "./subject.ts";

const SIZE = 50;

export const describeAlarms = operation<DescribeAlarmsCommand>(DescribeAlarms$, {
  authorize: ({ ctx }) => onAlarm(ctx, "DescribeAlarms", "*"),
  async handle({ input, ctx }) {
    const names = input.AlarmNames?.length ? input.AlarmNames : null;
    if (names && input.AlarmNamePrefix !== undefined) {
      throw cloudwatchErrors.combination("AlarmNames and AlarmNamePrefix cannot be specified together.");
    }
    if (input.ChildrenOfAlarmName !== undefined || input.ParentsOfAlarmName !== undefined) {
      throw cloudwatchErrors.unsupported("Composite alarms are");
    }
    // There are no composite alarms, and without a type only those of metrics are meant.
    if (input.AlarmTypes?.length && !input.AlarmTypes.includes("MetricAlarm")) {
      return { MetricAlarms: [], CompositeAlarms: [] };
    }
    const filter = {
      names,
      prefix: input.AlarmNamePrefix ?? "",
      state: input.StateValue ?? null,
      actionPrefix: input.ActionPrefix ?? null,
    };
    const { rows, next } = await loadPage(ctx, {
      operation: "DescribeAlarms",
      filter,
      size: input.MaxRecords ?? SIZE,
      token: input.NextToken,
      load: (after, limit) => listAlarms(ctx.db, ctx.scope.id, { ...filter, after, limit }),
      keyOf: ({ name }) => name,
    });
    return { MetricAlarms: rows.map((row) => renderAlarm(ctx.scope, row)), CompositeAlarms: [], ...next };
  },
});
