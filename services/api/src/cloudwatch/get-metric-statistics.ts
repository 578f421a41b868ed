/** cloudwatch:GetMetricStatistics. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html */
import {
  type Datapoint,
  GetMetricStatistics$,
  type GetMetricStatisticsCommand,
  type StandardUnit,
  type Statistic,
} from "@aws-sdk/client-cloudwatch";
import { readMetricStatistics, type StatisticsPoint, statisticOf } from "@roadstead/db/metric-read";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { checkReadPeriod, readDimensions } from "./read-metric.ts";
import { onAll } from "./subject.ts";

const DATAPOINTS_MAX = 1_440;

export const getMetricStatistics = operation<GetMetricStatisticsCommand>(GetMetricStatistics$, {
  authorize: onAll("GetMetricStatistics"),
  async handle({ input, ctx }) {
    const { Namespace: namespace = "", MetricName: metricName = "", Period = 0 } = input;
    const startMs = input.StartTime?.getTime() ?? 0;
    const endMs = input.EndTime?.getTime() ?? 0;
    if (input.ExtendedStatistics?.length)
      throw cloudwatchErrors.unsupported("Percentiles and trimmed statistics are");
    const statistics = input.Statistics ?? [];
    if (statistics.length === 0) throw cloudwatchErrors.missing("Statistics");
    if (startMs >= endMs) {
      throw cloudwatchErrors.invalid("The parameter StartTime must be less than the parameter EndTime.");
    }
    const periodMs = checkReadPeriod(Period) * 1_000;
    if ((endMs - startMs) / periodMs > DATAPOINTS_MAX) {
      throw cloudwatchErrors.combination(
        `You have requested up to ${Math.floor((endMs - startMs) / periodMs)} datapoints, which exceeds the limit of ${DATAPOINTS_MAX}. ` +
          "You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
      );
    }
    const points = await readMetricStatistics(ctx.db, ctx.scope.id, {
      namespace,
      metricName,
      dimensions: readDimensions(input.Dimensions),
      startMs: Math.floor(startMs / periodMs) * periodMs,
      endMs,
      periodMs,
      unit: input.Unit ?? null,
    });
    return { Label: metricName, Datapoints: points.map((point) => renderPoint(point, statistics)) };
  },
});

function renderPoint(point: StatisticsPoint, statistics: readonly Statistic[]): Datapoint {
  const asked = statistics.map((statistic) => [statistic, statisticOf(point, statistic)] as const);
  return { Timestamp: new Date(point.atMs), ...Object.fromEntries(asked), Unit: point.unit as StandardUnit };
}
