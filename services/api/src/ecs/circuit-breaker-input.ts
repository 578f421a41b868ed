/** Checks a service's deployment circuit breaker; CreateService and UpdateService merge it into what was said before. */
import type { DeploymentCircuitBreaker, ThresholdConfiguration } from "@aws-sdk/client-ecs";
import type { CircuitBreakerSettings, FailureThreshold } from "@roadstead/deployment/circuit-breaker";
import { ecsErrors } from "./errors.ts";

const PERCENT_MAX = 100;
const COUNT_MAX = 2 ** 31 - 1;

/** What the request leaves out stays as it was. */
export function mergedCircuitBreaker(
  before: CircuitBreakerSettings | undefined,
  input: DeploymentCircuitBreaker | undefined,
): CircuitBreakerSettings | undefined {
  if (!input) return before;
  const { resetOnHealthyTask, thresholdConfiguration } = input;
  return {
    ...before,
    enable: input.enable ?? false,
    rollback: input.rollback ?? false,
    ...(resetOnHealthyTask === undefined ? {} : { resetOnHealthyTask }),
    ...(thresholdConfiguration ? { thresholdConfiguration: checkedThreshold(thresholdConfiguration) } : {}),
  };
}

function checkedThreshold({ type, value }: ThresholdConfiguration): FailureThreshold {
  if (!type || value === undefined) {
    throw ecsErrors.invalidParameter("thresholdConfiguration needs a type and a value.");
  }
  const most = type === "COUNT" ? COUNT_MAX : PERCENT_MAX;
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw ecsErrors.invalidParameter(
      `The value of a threshold of type ${type} must be between 1 and ${most}.`,
    );
  }
  return { type, value };
}
