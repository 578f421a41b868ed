/** Reads what a scaling policy is to do from a request, and refuses what AWS refuses. */
import type {
  PutScalingPolicyRequest,
  StepAdjustment,
  StepScalingPolicyConfiguration,
} from "@aws-sdk/client-application-auto-scaling";
import type { PolicyConfiguration } from "@roadstead/db/schema/scaling";
import { scalingErrors } from "./errors.ts";
import { readTracking } from "./read-tracking.ts";

const STEPS_MAX = 20;
/** Bounds that a step leaves out. */
const BELOW_ALL = Number.NEGATIVE_INFINITY;
const ABOVE_ALL = Number.POSITIVE_INFINITY;

export function readPolicy(input: PutScalingPolicyRequest): PolicyConfiguration {
  const steps = input.StepScalingPolicyConfiguration;
  const tracking = input.TargetTrackingScalingPolicyConfiguration;
  switch (input.PolicyType ?? "StepScaling") {
    case "StepScaling":
      if (!steps || tracking) throw mismatch("StepScaling", "StepScalingPolicyConfiguration");
      return readSteps(steps);
    case "TargetTrackingScaling":
      if (!tracking || steps) {
        throw mismatch("TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration");
      }
      return readTracking(tracking);
    default:
      throw scalingErrors.unsupported("Predictive scaling policies are");
  }
}

const mismatch = (type: string, configuration: string) =>
  scalingErrors.validation(`A policy of the type ${type} has a ${configuration}, and no other one.`);

function readSteps(input: StepScalingPolicyConfiguration): PolicyConfiguration {
  const { AdjustmentType: adjustmentType, StepAdjustments: adjustments = [] } = input;
  if (!adjustmentType) throw scalingErrors.validation("AdjustmentType must be specified.");
  if (adjustments.length === 0)
    throw scalingErrors.validation("At least one StepAdjustment must be specified.");
  if (adjustments.length > STEPS_MAX) throw scalingErrors.tooMany("step adjustments", STEPS_MAX);
  checkIntervals(adjustments);
  const { MinAdjustmentMagnitude: least, Cooldown: cooldown, MetricAggregationType: aggregation } = input;
  if (least !== undefined && (adjustmentType !== "PercentChangeInCapacity" || least < 1)) {
    throw scalingErrors.validation(
      "MinAdjustmentMagnitude must be positive, and goes with PercentChangeInCapacity alone.",
    );
  }
  checkCooldown(cooldown);
  return {
    type: "StepScaling",
    adjustmentType,
    steps: adjustments.map(
      ({ MetricIntervalLowerBound: lower, MetricIntervalUpperBound: upper, ...step }) => ({
        ...(lower === undefined ? {} : { lower }),
        ...(upper === undefined ? {} : { upper }),
        adjustment: checkedAdjustment(adjustmentType, step.ScalingAdjustment ?? 0),
      }),
    ),
    ...(least === undefined ? {} : { minAdjustmentMagnitude: least }),
    ...(cooldown === undefined ? {} : { cooldownSeconds: cooldown }),
    ...(aggregation === undefined ? {} : { aggregation }),
  };
}

function checkedAdjustment(type: string, adjustment: number): number {
  if (type === "ExactCapacity" && adjustment < 0) {
    throw scalingErrors.validation("ScalingAdjustment must not be negative for ExactCapacity.");
  }
  return adjustment;
}

/** One way leads through all of them: no two meet but at their bounds, and nothing lies between. */
function checkIntervals(adjustments: readonly StepAdjustment[]): void {
  const intervals = adjustments
    .map(({ MetricIntervalLowerBound, MetricIntervalUpperBound }) => ({
      lower: MetricIntervalLowerBound ?? BELOW_ALL,
      upper: MetricIntervalUpperBound ?? ABOVE_ALL,
    }))
    .toSorted((a, b) => a.lower - b.lower || a.upper - b.upper);
  for (const [n, { lower, upper }] of intervals.entries()) {
    if (lower >= upper) {
      throw scalingErrors.validation("MetricIntervalLowerBound must be less than MetricIntervalUpperBound.");
    }
    const next = intervals[n + 1];
    if (next && next.lower < upper) throw scalingErrors.validation("StepAdjustment intervals can't overlap.");
    if (next && next.lower > upper) {
      throw scalingErrors.validation("StepAdjustment intervals can't have gaps between them.");
    }
  }
}

function checkCooldown(seconds: number | undefined): void {
  if (seconds !== undefined && seconds < 0) throw scalingErrors.validation("Cooldown must not be negative.");
}
