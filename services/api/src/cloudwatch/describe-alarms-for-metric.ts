/** cloudwatch:DescribeAlarmsForMetric. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmsForMetric.html */
import { DescribeAlarmsForMetric$, type DescribeAlarmsForMetricCommand } from "@aws-sdk/client-cloudwatch";
import { alarmsOfMetric } from "@roadstead/db/alarm-list";
import { dimensionKey } from "@roadstead/db/metric-write";
import { operation } from "../operation.ts";
import { readDimensions } from "./read-metric.ts";
import { renderAlarm } from "./render.ts";
import { onAll } from "./subject.ts";

export const describeAlarmsForMetric = operation<DescribeAlarmsForMetricCommand>(DescribeAlarmsForMetric$, {
  authorize: onAll("DescribeAlarmsForMetric"),
  async handle({ input, ctx }) {
    const { Namespace = "", MetricName = "", Statistic, ExtendedStatistic, Period, Unit } = input;
    const dimensions = dimensionKey(readDimensions(input.Dimensions));
    const rows = await alarmsOfMetric(ctx.db, ctx.scope.id, Namespace, MetricName);
    const asked = rows.filter(({ definition: { metric } }) => {
      if (!metric || ExtendedStatistic !== undefined) return false;
      return (
        dimensionKey(metric.dimensions) === dimensions &&
        (Statistic ?? metric.statistic) === metric.statistic &&
        (Period ?? metric.periodSeconds) === metric.periodSeconds &&
        (Unit ?? metric.unit) === metric.unit
      );
    });
    return { MetricAlarms: asked.map((row) => renderAlarm(ctx.scope, row)) };
  },
});
