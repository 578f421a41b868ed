/** Reads which metric a policy tracks and at what value; `read-policy` calls this. */
import type {
  CustomizedMetricSpecification,
  PredefinedMetricSpecification,
  TargetTrackingScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import type { PolicyConfiguration, PredefinedMetric, TrackedMetric } from "@roadstead/db/schema/scaling";
import type { ScaledService } from "@roadstead/model/scaling-arn";
import type { AlarmDefinition } from "@roadstead/scaling/alarm";
import { scalingErrors } from "./errors.ts";
import { readQueries } from "./read-queries.ts";

export type Tracking = Extract<PolicyConfiguration, { readonly type: "TargetTrackingScaling" }>;

const PERIOD_SECONDS = 60;
const TARGET_MAX = 2 ** 360;
const REQUEST_COUNT = "ALBRequestCountPerTarget";
const PREDEFINED: readonly PredefinedMetric[] = [
  "ECSServiceAverageCPUUtilization",
  "ECSServiceAverageMemoryUtilization",
  REQUEST_COUNT,
];
const LABEL = /^(app\/[^/]+\/[^/]+)\/(targetgroup\/[^/]+\/[^/]+)$/;

export function readTracking(input: TargetTrackingScalingPolicyConfiguration): Tracking {
  const { TargetValue: targetValue = 0, ScaleOutCooldown: out, ScaleInCooldown: into } = input;
  const { PredefinedMetricSpecification: predefined, CustomizedMetricSpecification: customized } = input;
  if (!(targetValue > 0) || targetValue > TARGET_MAX) {
    throw scalingErrors.validation("TargetValue must be greater than 0.");
  }
  if (!predefined === !customized) {
    throw scalingErrors.validation(
      "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified.",
    );
  }
  for (const cooldown of [out, into]) {
    if (cooldown !== undefined && cooldown < 0) {
      throw scalingErrors.validation("Cooldowns must not be negative.");
    }
  }
  return {
    type: "TargetTrackingScaling",
    targetValue,
    ...(predefined ? { predefined: readPredefined(predefined) } : {}),
    ...(customized ? readCustomized(customized) : {}),
    ...(out === undefined ? {} : { scaleOutCooldownSeconds: out }),
    ...(into === undefined ? {} : { scaleInCooldownSeconds: into }),
    disableScaleIn: input.DisableScaleIn ?? false,
  };
}

function readPredefined(input: PredefinedMetricSpecification): NonNullable<Tracking["predefined"]> {
  const label = input.ResourceLabel;
  const metricType = PREDEFINED.find((name) => name === input.PredefinedMetricType);
  if (!metricType) {
    throw scalingErrors.validation(
      `The metric type ${input.PredefinedMetricType} cannot be used for ecs:service:DesiredCount.`,
    );
  }
  if (metricType === REQUEST_COUNT && !LABEL.test(label ?? "")) {
    throw scalingErrors.validation(
      "ResourceLabel must be app/<load-balancer-name>/<load-balancer-id>/targetgroup/<target-group-name>/<target-group-id>.",
    );
  }
  if (metricType !== REQUEST_COUNT && label !== undefined) {
    throw scalingErrors.validation(`ResourceLabel can't be specified for ${metricType}.`);
  }
  return { metricType, ...(label === undefined ? {} : { resourceLabel: label }) };
}

function readCustomized(input: CustomizedMetricSpecification): Pick<Tracking, "customized" | "queries"> {
  const { Namespace: namespace, MetricName: name, Statistic: statistic, Dimensions, Unit: unit } = input;
  if (input.Metrics?.length) {
    if (namespace ?? name ?? statistic ?? Dimensions?.[0] ?? unit) {
      throw scalingErrors.validation(
        "A customized metric has Metrics, or a metric of its own, and not both.",
      );
    }
    return { queries: readQueries(input.Metrics) };
  }
  if (!namespace || !name || !statistic) {
    throw scalingErrors.validation(
      "Namespace, MetricName and Statistic of a customized metric must be specified.",
    );
  }
  const dimensions = Object.fromEntries((Dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value]));
  return { customized: { namespace, name, dimensions, statistic, ...(unit === undefined ? {} : { unit }) } };
}

export type Watched = Pick<AlarmDefinition, "metric" | "queries">;

/** What the alarms of a service's policy watch, as CloudWatch has it. */
export function watchedBy(tracking: Tracking, service: ScaledService): Watched {
  if (tracking.queries) return { metric: null, queries: tracking.queries };
  const { name, unit, ...metric } = tracking.customized ?? predefinedMetric(tracking.predefined, service);
  return {
    metric: { ...metric, metricName: name, periodSeconds: PERIOD_SECONDS, unit: unit ?? null },
    queries: null,
  };
}

function predefinedMetric(predefined: Tracking["predefined"], service: ScaledService): TrackedMetric {
  const [, balancer = "", group = ""] = LABEL.exec(predefined?.resourceLabel ?? "") ?? [];
  switch (predefined?.metricType) {
    case REQUEST_COUNT:
      return {
        namespace: "AWS/ApplicationELB",
        name: "RequestCountPerTarget",
        dimensions: { LoadBalancer: balancer, TargetGroup: group },
        statistic: "Sum",
      };
    case "ECSServiceAverageMemoryUtilization":
      return ofService("MemoryUtilization", service);
    default:
      return ofService("CPUUtilization", service);
  }
}

const ofService = (name: string, service: ScaledService): TrackedMetric => ({
  namespace: "AWS/ECS",
  name,
  dimensions: { ClusterName: service.clusterName, ServiceName: service.serviceName },
  statistic: "Average",
});
