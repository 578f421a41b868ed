/** Scalable targets, policies and activities as answers show them. */
import type {
  Alarm,
  ScalableTarget,
  ScalingActivity,
  ScalingPolicy,
  ScheduledAction,
  StepScalingPolicyConfiguration,
  TargetTrackingMetricDataQuery,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import type { ScalableTargetRow } from "@roadstead/db/scalable-targets";
import type { ScalingActivityRow } from "@roadstead/db/scaling-activities";
import type { ScalingPolicyRow } from "@roadstead/db/scaling-policies";
import type { ScheduledActionRow } from "@roadstead/db/scheduled-actions";
import type { PolicyConfiguration } from "@roadstead/db/schema/scaling";
import { alarmArn } from "@roadstead/model/alarm-arn";
import type { Place } from "@roadstead/model/arn";
import {
  SCALABLE_DIMENSION,
  SERVICE_NAMESPACE,
  scalableTargetArn,
  scalingPolicyArn,
  scheduledActionArn,
} from "@roadstead/model/scaling-arn";
import type { MetricQuery } from "@roadstead/scaling/alarm";

const kind = { ServiceNamespace: SERVICE_NAMESPACE, ScalableDimension: SCALABLE_DIMENSION } as const;

const serviceRole = (accountId: string) =>
  `arn:aws:iam::${accountId}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService`;

export const renderTarget = (place: Place, row: ScalableTargetRow): ScalableTarget => ({
  ...kind,
  ResourceId: row.resourceId,
  MinCapacity: row.minCapacity,
  MaxCapacity: row.maxCapacity,
  RoleARN: serviceRole(place.accountId),
  CreationTime: row.createdAt,
  SuspendedState: {
    DynamicScalingInSuspended: row.suspended.scaleIn,
    DynamicScalingOutSuspended: row.suspended.scaleOut,
    ScheduledScalingSuspended: row.suspended.scheduled,
  },
  ScalableTargetARN: scalableTargetArn(place, row.id),
});

export const renderAlarms = (place: Place, names: readonly string[]): Alarm[] =>
  names.map((name) => ({ AlarmName: name, AlarmARN: alarmArn(place, name) }));

export const renderPolicy = (
  place: Place,
  row: ScalingPolicyRow,
  alarmNames: readonly string[],
): ScalingPolicy => ({
  ...kind,
  PolicyARN: scalingPolicyArn(place, row),
  PolicyName: row.name,
  ResourceId: row.resourceId,
  PolicyType: row.configuration.type,
  ...configurationOf(row.configuration),
  Alarms: renderAlarms(place, alarmNames),
  CreationTime: row.createdAt,
});

const configurationOf = (configuration: PolicyConfiguration) =>
  configuration.type === "StepScaling"
    ? { StepScalingPolicyConfiguration: renderSteps(configuration) }
    : { TargetTrackingScalingPolicyConfiguration: renderTracking(configuration) };

type Steps = Extract<PolicyConfiguration, { readonly type: "StepScaling" }>;
type Tracking = Extract<PolicyConfiguration, { readonly type: "TargetTrackingScaling" }>;

const renderSteps = (steps: Steps): StepScalingPolicyConfiguration => ({
  AdjustmentType: steps.adjustmentType,
  StepAdjustments: steps.steps.map(({ lower, upper, adjustment }) => ({
    MetricIntervalLowerBound: lower,
    MetricIntervalUpperBound: upper,
    ScalingAdjustment: adjustment,
  })),
  MinAdjustmentMagnitude: steps.minAdjustmentMagnitude,
  Cooldown: steps.cooldownSeconds,
  MetricAggregationType: steps.aggregation,
});

const renderTracking = (tracking: Tracking): TargetTrackingScalingPolicyConfiguration => ({
  TargetValue: tracking.targetValue,
  ...(tracking.predefined
    ? {
        PredefinedMetricSpecification: {
          PredefinedMetricType: tracking.predefined.metricType,
          ResourceLabel: tracking.predefined.resourceLabel,
        },
      }
    : {}),
  ...(tracking.customized
    ? {
        CustomizedMetricSpecification: {
          Namespace: tracking.customized.namespace,
          MetricName: tracking.customized.name,
          Dimensions: Object.entries(tracking.customized.dimensions).map(([Name, Value]) => ({
            Name,
            Value,
          })),
          Statistic: tracking.customized.statistic,
          Unit: tracking.customized.unit,
        },
      }
    : {}),
  ...(tracking.queries
    ? { CustomizedMetricSpecification: { Metrics: tracking.queries.map(renderQuery) } }
    : {}),
  ScaleOutCooldown: tracking.scaleOutCooldownSeconds,
  ScaleInCooldown: tracking.scaleInCooldownSeconds,
  DisableScaleIn: tracking.disableScaleIn,
});

const renderQuery = (query: MetricQuery): TargetTrackingMetricDataQuery => ({
  Id: query.id,
  Expression: query.expression ?? undefined,
  Label: query.label ?? undefined,
  ...(query.metric
    ? {
        MetricStat: {
          Metric: {
            Namespace: query.metric.namespace,
            MetricName: query.metric.metricName,
            Dimensions: Object.entries(query.metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Stat: query.metric.statistic,
          Unit: query.metric.unit ?? undefined,
        },
      }
    : {}),
  ReturnData: query.returnData,
});

export const renderActivity = (row: ScalingActivityRow): ScalingActivity => ({
  ...kind,
  ActivityId: row.id,
  ResourceId: row.resourceId,
  Description: row.description,
  Cause: row.cause,
  StartTime: row.startedAt,
  EndTime: row.endedAt ?? undefined,
  StatusCode: row.status,
  StatusMessage: row.statusMessage ?? undefined,
  ...(row.notScaledReasons.length > 0
    ? {
        NotScaledReasons: row.notScaledReasons.map((reason) => ({
          Code: reason.code,
          MaxCapacity: reason.maxCapacity,
          MinCapacity: reason.minCapacity,
          CurrentCapacity: reason.currentCapacity,
        })),
      }
    : {}),
});

export const renderScheduledAction = (place: Place, row: ScheduledActionRow): ScheduledAction => ({
  ...kind,
  ScheduledActionName: row.name,
  ScheduledActionARN: scheduledActionArn(place, row),
  ResourceId: row.resourceId,
  Schedule: row.schedule,
  Timezone: row.timezone ?? undefined,
  StartTime: row.startAt ?? undefined,
  EndTime: row.endAt ?? undefined,
  ScalableTargetAction: {
    MinCapacity: row.minCapacity ?? undefined,
    MaxCapacity: row.maxCapacity ?? undefined,
  },
  CreationTime: row.createdAt,
});
