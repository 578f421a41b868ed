/** What an alarm is, and what state its newest periods put it in; the autoscaler evaluates with this. Pure. */

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";
export type Statistic = "SampleCount" | "Average" | "Sum" | "Minimum" | "Maximum";

/** A metric as it is named, and how it is read. */
export interface MetricStatistic {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: Statistic;
  readonly periodSeconds: number;
  /** Null reads whatever unit the metric has. */
  readonly unit: string | null;
}

/** One of several queries: a metric, or an expression over the others. */
export interface MetricQuery {
  readonly id: string;
  readonly metric: MetricStatistic | null;
  readonly expression: string | null;
  readonly periodSeconds: number | null;
  readonly label: string | null;
  readonly returnData: boolean;
}

export interface AlarmDefinition {
  readonly description: string | null;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  /** What is watched: one metric, or queries of which one returns data. */
  readonly metric: MetricStatistic | null;
  readonly queries: readonly MetricQuery[] | null;
  readonly comparisonOperator: ComparisonOperator;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number | null;
  readonly treatMissingData: MissingData | null;
}

export type ComparisonOperator =
  | "GreaterThanOrEqualToThreshold"
  | "GreaterThanThreshold"
  | "LessThanThreshold"
  | "LessThanOrEqualToThreshold";
export type MissingData = "breaching" | "notBreaching" | "ignore" | "missing";

const SECONDS_OF_MINUTE = 60;

/** How long a period lasts where a minute of metrics lasts `minuteMs`. */
export const realPeriodMs = (periodSeconds: number, minuteMs: number): number =>
  Math.round((periodSeconds * minuteMs) / SECONDS_OF_MINUTE);
