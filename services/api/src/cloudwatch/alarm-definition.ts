/** Reads PutMetricAlarm's request into an alarm's definition, and refuses what the alarm would not do. */
import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import type { AlarmDefinition, MetricQuery, MetricStatistic, MissingData } from "@roadstead/scaling/alarm";
import { expressionError } from "@roadstead/scaling/evaluate-queries";
import { cloudwatchErrors } from "./errors.ts";
import { checkPeriod, readDimensions, readQueries, readStatistic } from "./read-metric.ts";

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
const HOUR_SECONDS = 3_600;
const ACTIONS_MAX = 5;
const QUERIES_MAX = 10;
const MISSING_DATA: readonly string[] = ["breaching", "notBreaching", "ignore", "missing"];
const COMPARISONS: readonly string[] = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
];
/** What an alarm can do here: act through a policy of Application Auto Scaling. */
const SCALING_POLICY = /^arn:[\w-]+:autoscaling:[\w-]+:\d{12}:scalingPolicy:[0-9a-fA-F-]{36}:resource\/.+$/;

export function readDefinition(input: PutMetricAlarmInput): AlarmDefinition {
  refuseUnbuilt(input);
  const { EvaluationPeriods: evaluationPeriods, DatapointsToAlarm: datapointsToAlarm = null } = input;
  if (evaluationPeriods === undefined) throw cloudwatchErrors.missing("EvaluationPeriods");
  if (input.Threshold === undefined) throw cloudwatchErrors.missing("Threshold");
  if (datapointsToAlarm !== null && datapointsToAlarm > evaluationPeriods) {
    throw cloudwatchErrors.validation("DatapointsToAlarm must be less than or equal to EvaluationPeriods.");
  }
  const watched = readWatched(input);
  checkSpan(watched, evaluationPeriods);
  return {
    description: input.AlarmDescription ?? null,
    okActions: readActions(input.OKActions),
    alarmActions: readActions(input.AlarmActions),
    insufficientDataActions: readActions(input.InsufficientDataActions),
    ...watched,
    comparisonOperator: readComparison(input.ComparisonOperator),
    threshold: input.Threshold,
    evaluationPeriods,
    datapointsToAlarm,
    treatMissingData: readMissingData(input.TreatMissingData),
  };
}

function refuseUnbuilt(input: PutMetricAlarmInput): void {
  const refused = [
    ["ExtendedStatistic", "Percentiles and trimmed statistics are"],
    ["EvaluateLowSampleCountPercentile", "Percentiles and trimmed statistics are"],
    ["ThresholdMetricId", "Anomaly detection is"],
    ["EvaluationWindow", "EvaluationWindow is"],
    ["WarmUpConfiguration", "WarmUpConfiguration is"],
    ["EvaluationCriteria", "EvaluationCriteria is"],
    ["EvaluationInterval", "EvaluationInterval is"],
    ["ActionConfiguration", "ActionConfiguration is"],
  ] as const;
  for (const [member, what] of refused) {
    if (input[member] !== undefined) throw cloudwatchErrors.unsupported(what);
  }
}

type Watched = Pick<AlarmDefinition, "metric" | "queries">;

function readWatched(input: PutMetricAlarmInput): Watched {
  if (!input.Metrics?.length) return { metric: readMetric(input), queries: null };
  if (input.MetricName !== undefined || input.Namespace !== undefined || input.Statistic !== undefined) {
    throw cloudwatchErrors.combination(
      "MetricName, Namespace and Statistic cannot be specified along with Metrics.",
    );
  }
  if (input.Metrics.length > QUERIES_MAX) {
    throw cloudwatchErrors.validation(`An alarm can be based on up to ${QUERIES_MAX} metrics.`);
  }
  const queries = readQueries(input.Metrics, checkPeriod);
  if (queries.filter(({ returnData }) => returnData).length !== 1) {
    throw cloudwatchErrors.validation("Exactly one element of the metrics list should return data.");
  }
  if (!queries.some(({ metric }) => metric)) {
    throw cloudwatchErrors.validation("At least one element of the metrics list must be a metric.");
  }
  const wrong = expressionError(queries);
  if (wrong !== null) throw cloudwatchErrors.validation(`Error in expression: ${wrong}`);
  return { metric: null, queries };
}

function readMetric(input: PutMetricAlarmInput): MetricStatistic {
  if (!input.Namespace) throw cloudwatchErrors.missing("Namespace");
  if (!input.MetricName) throw cloudwatchErrors.missing("MetricName");
  if (!input.Statistic) throw cloudwatchErrors.missing("Statistic");
  if (input.Period === undefined) throw cloudwatchErrors.missing("Period");
  return {
    namespace: input.Namespace,
    metricName: input.MetricName,
    dimensions: readDimensions(input.Dimensions),
    statistic: readStatistic(input.Statistic),
    periodSeconds: checkPeriod(input.Period),
    unit: input.Unit ?? null,
  };
}

const periodsOf = ({ metric, queries }: Watched): readonly number[] => [
  ...(metric ? [metric.periodSeconds] : []),
  ...(queries ?? ([] as readonly MetricQuery[])).flatMap((query) => query.metric?.periodSeconds ?? []),
];

function checkSpan(watched: Watched, evaluationPeriods: number): void {
  const period = Math.max(...periodsOf(watched));
  const [max, name] = period >= HOUR_SECONDS ? [WEEK_SECONDS, "week"] : [DAY_SECONDS, "day"];
  if (period * evaluationPeriods <= max) return;
  throw cloudwatchErrors.validation(
    `Metrics cannot be checked across more than a ${name} (EvaluationPeriods * Period must be <= ${max}).`,
  );
}

function readActions(actions: readonly string[] = []): readonly string[] {
  if (actions.length > ACTIONS_MAX) {
    throw cloudwatchErrors.validation(`An alarm can have up to ${ACTIONS_MAX} actions of a kind.`);
  }
  for (const action of actions) {
    if (!SCALING_POLICY.test(action)) throw cloudwatchErrors.unsupported(`The alarm action ${action} is`);
  }
  return [...actions];
}

function readComparison(operator: string | undefined): AlarmDefinition["comparisonOperator"] {
  if (operator === undefined) throw cloudwatchErrors.missing("ComparisonOperator");
  if (!COMPARISONS.includes(operator)) throw cloudwatchErrors.unsupported("Anomaly detection is");
  return operator as AlarmDefinition["comparisonOperator"];
}

function readMissingData(text: string | undefined): MissingData | null {
  if (text === undefined) return null;
  if (MISSING_DATA.includes(text)) return text as MissingData;
  throw cloudwatchErrors.validation(
    `The value ${text} is not valid for TreatMissingData: it must be one of [${MISSING_DATA.join(", ")}].`,
  );
}
