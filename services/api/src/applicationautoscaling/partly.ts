/** What operations that are built do not do yet; the compatibility table says it. */

export const partly = {
  PutScalingPolicy: "predictive scaling and metrics of high resolution are refused",
  RegisterScalableTarget:
    "the desired counts of ECS services are what can be scaled; the role is always the service's own, as for ECS on AWS",
} as const;
