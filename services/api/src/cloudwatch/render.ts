/** Alarms as CloudWatch answers them. */
import type { Dimension, MetricAlarm, MetricDataQuery, StandardUnit } from "@aws-sdk/client-cloudwatch";
import type { AlarmRow } from "@roadstead/db/alarms";
import { alarmArn } from "@roadstead/model/alarm-arn";
import type { Place } from "@roadstead/model/arn";
import type { MetricQuery, MetricStatistic } from "@roadstead/scaling/alarm";

export const renderDimensions = (dimensions: Readonly<Record<string, string>>): Dimension[] =>
  Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));

export function renderAlarm(place: Place, row: AlarmRow): MetricAlarm {
  const { definition } = row;
  return {
    AlarmName: row.name,
    AlarmArn: alarmArn(place, row.name),
    ...(definition.description === null ? {} : { AlarmDescription: definition.description }),
    AlarmConfigurationUpdatedTimestamp: row.configuredAt,
    ActionsEnabled: row.actionsEnabled,
    OKActions: [...definition.okActions],
    AlarmActions: [...definition.alarmActions],
    InsufficientDataActions: [...definition.insufficientDataActions],
    StateValue: row.state,
    StateReason: row.stateReason,
    ...(row.stateReasonData === null ? {} : { StateReasonData: row.stateReasonData }),
    StateUpdatedTimestamp: row.stateUpdatedAt,
    StateTransitionedTimestamp: row.transitionedAt,
    ...(definition.metric ? renderMetric(definition.metric) : {}),
    ...(definition.queries ? { Metrics: definition.queries.map(renderQuery) } : {}),
    EvaluationPeriods: definition.evaluationPeriods,
    ...(definition.datapointsToAlarm === null ? {} : { DatapointsToAlarm: definition.datapointsToAlarm }),
    Threshold: definition.threshold,
    ComparisonOperator: definition.comparisonOperator,
    ...(definition.treatMissingData === null ? {} : { TreatMissingData: definition.treatMissingData }),
  };
}

const renderMetric = (metric: MetricStatistic) => ({
  Namespace: metric.namespace,
  MetricName: metric.metricName,
  Dimensions: renderDimensions(metric.dimensions),
  Statistic: metric.statistic,
  Period: metric.periodSeconds,
  ...(metric.unit === null ? {} : { Unit: metric.unit as StandardUnit }),
});

const renderQuery = (query: MetricQuery): MetricDataQuery => ({
  Id: query.id,
  ...(query.metric ? { MetricStat: renderStat(query.metric) } : {}),
  ...(query.expression === null ? {} : { Expression: query.expression }),
  ...(query.label === null ? {} : { Label: query.label }),
  ...(query.periodSeconds === null ? {} : { Period: query.periodSeconds }),
  ReturnData: query.returnData,
});

const renderStat = (metric: MetricStatistic) => ({
  Metric: {
    Namespace: metric.namespace,
    MetricName: metric.metricName,
    Dimensions: renderDimensions(metric.dimensions),
  },
  Period: metric.periodSeconds,
  Stat: metric.statistic,
  ...(metric.unit === null ? {} : { Unit: metric.unit as StandardUnit }),
});
