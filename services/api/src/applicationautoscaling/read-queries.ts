/** Reads the metrics and expressions that a policy tracks the outcome of; `read-tracking` calls this. */
import type { TargetTrackingMetricDataQuery } from "@aws-sdk/client-application-auto-scaling";
import type { MetricQuery, MetricStatistic, Statistic } from "@roadstead/scaling/alarm";
import { expressionError } from "@roadstead/scaling/evaluate-queries";
import { scalingErrors } from "./errors.ts";

const QUERIES_MAX = 10;
const PERIOD_SECONDS = 60;
const QUERY_ID = /^[a-z][a-zA-Z0-9_]{0,254}$/;
const STATISTICS: readonly Statistic[] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];

export function readQueries(input: readonly TargetTrackingMetricDataQuery[]): readonly MetricQuery[] {
  if (input.length > QUERIES_MAX) throw scalingErrors.tooMany("metrics of a policy", QUERIES_MAX);
  const queries = input.map(readQuery);
  if (new Set(queries.map(({ id }) => id)).size < queries.length) {
    throw scalingErrors.validation("Each Id must be used once.");
  }
  if (queries.filter(({ returnData }) => returnData).length !== 1) {
    throw scalingErrors.validation("Exactly one element of Metrics must return data.");
  }
  if (!queries.some(({ metric }) => metric)) {
    throw scalingErrors.validation("At least one element of Metrics must be a metric.");
  }
  const wrong = expressionError(queries);
  if (wrong !== null) throw scalingErrors.validation(`Error in expression: ${wrong}`);
  return queries;
}

function readQuery({
  Id: id = "",
  MetricStat: stat,
  Expression: expression,
  ...query
}: TargetTrackingMetricDataQuery) {
  if (!QUERY_ID.test(id)) {
    throw scalingErrors.validation(`The Id ${id} is not valid: it must begin with a lower-case letter.`);
  }
  if ((stat === undefined) === (expression === undefined)) {
    throw scalingErrors.validation("Exactly one of MetricStat and Expression must be specified.");
  }
  return {
    id,
    metric: stat ? readStat(stat) : null,
    expression: expression ?? null,
    periodSeconds: null,
    label: query.Label ?? null,
    returnData: query.ReturnData ?? true,
  };
}

function readStat({
  Metric: metric,
  Stat,
  Unit,
}: NonNullable<TargetTrackingMetricDataQuery["MetricStat"]>): MetricStatistic {
  const statistic = STATISTICS.find((one) => one === Stat);
  if (!statistic) throw scalingErrors.unsupported(`The statistic ${Stat} is`);
  if (!metric?.Namespace || !metric.MetricName) {
    throw scalingErrors.validation("Namespace and MetricName of a metric must be specified.");
  }
  const dimensions = (metric.Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value]);
  return {
    namespace: metric.Namespace,
    metricName: metric.MetricName,
    dimensions: Object.fromEntries(dimensions),
    statistic,
    periodSeconds: PERIOD_SECONDS,
    unit: Unit ?? null,
  };
}
