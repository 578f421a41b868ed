/** cloudwatch:GetMetricData. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
import { GetMetricData$, type GetMetricDataCommand, type MetricDataResult } from "@aws-sdk/client-cloudwatch";
import { readQueries as readSeries } from "@roadstead/db/metric-queries";
import type { MetricQuery } from "@roadstead/scaling/alarm";
import type { Series } from "@roadstead/scaling/metric-math";
import { ExpressionError } from "@roadstead/scaling/parse-expression";
import { operation } from "../operation.ts";
import { cloudwatchErrors } from "./errors.ts";
import { checkReadPeriod, readQueries } from "./read-metric.ts";
import { onAll } from "./subject.ts";

const QUERIES_MAX = 500;
/** As many as one answer holds; a longer one would be paged. */
const DATAPOINTS_MAX = 100_800;

export const getMetricData = operation<GetMetricDataCommand>(GetMetricData$, {
  authorize: onAll("GetMetricData"),
  async handle({ input, ctx }) {
    const startMs = input.StartTime?.getTime() ?? 0;
    const endMs = input.EndTime?.getTime() ?? 0;
    if (input.NextToken) throw cloudwatchErrors.badToken();
    if (startMs >= endMs)
      throw cloudwatchErrors.validation("The parameter StartTime must be less than the parameter EndTime.");
    const asked = input.MetricDataQueries ?? [];
    if (asked.length > QUERIES_MAX) {
      throw cloudwatchErrors.validation(
        `The collection MetricDataQueries must not have a size greater than ${QUERIES_MAX}.`,
      );
    }
    const queries = readQueries(asked, checkReadPeriod);
    checkAmount(queries, endMs - startMs, input.MaxDatapoints ?? DATAPOINTS_MAX);
    const series = await evaluated(() =>
      readSeries(ctx.db, ctx.scope.id, queries, { startMs, endMs, periodMsOf: (seconds) => seconds * 1_000 }),
    );
    const newestFirst = input.ScanBy !== "TimestampAscending";
    return {
      MetricDataResults: queries
        .filter(({ returnData }) => returnData)
        .map((query) => render(query, series.get(query.id), newestFirst)),
      Messages: [],
    };
  },
});

/** Where AWS would answer in pages, the caller asks for less at a time. */
function checkAmount(queries: readonly MetricQuery[], spanMs: number, max: number): void {
  const points = queries.reduce(
    (sum, { metric }) => sum + (metric ? Math.ceil(spanMs / (metric.periodSeconds * 1_000)) : 0),
    0,
  );
  if (points <= max) return;
  throw cloudwatchErrors.validation(
    `You have requested up to ${points} datapoints, which exceeds the limit of ${max}; ask for longer periods or a shorter time.`,
  );
}

async function evaluated<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ExpressionError) throw cloudwatchErrors.validation(error.message);
    throw error;
  }
}

function render(query: MetricQuery, series: Series | undefined, newestFirst: boolean): MetricDataResult {
  const points = [...(series?.points ?? [])].sort(([a], [b]) => (newestFirst ? b - a : a - b));
  return {
    Id: query.id,
    Label: query.label ?? query.metric?.metricName ?? query.id,
    Timestamps: points.map(([at]) => new Date(at)),
    Values: points.map(([, value]) => value),
    StatusCode: "Complete",
  };
}
