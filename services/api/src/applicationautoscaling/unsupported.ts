/** Operations of Application Auto Scaling that are not built, each with its reason; they answer a non-retryable error. */

export const unsupported = {
  DeleteScheduledAction: "not built yet",
  DescribeScheduledActions: "not built yet",
  GetPredictiveScalingForecast: "not built yet",
  PutScheduledAction: "not built yet",
} as const;
