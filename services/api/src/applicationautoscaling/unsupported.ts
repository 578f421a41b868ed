/** Operations of Application Auto Scaling that are not built, each with its reason; they answer a non-retryable error. */

export const unsupported = {
  GetPredictiveScalingForecast: "not built yet",
} as const;
