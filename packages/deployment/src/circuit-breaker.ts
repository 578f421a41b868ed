/** Decides when a deployment has failed so often that it is given up; `reconcile` asks on each pass, the api shows the limit. */
import { isEnding, worthOf } from "./roster.ts";
import type { DeploymentState, FailureTally, ServiceSnapshot, ServiceTask } from "./service-snapshot.ts";

export interface FailureThreshold {
  readonly type: "BOUNDED_PERCENT" | "COUNT" | "UNBOUNDED_PERCENT";
  readonly value: number;
}

export interface CircuitBreaker {
  readonly rollback: boolean;
  /** A task that turns healthy makes the failures before it forgotten. */
  readonly resetOnHealthyTask: boolean;
  readonly threshold: FailureThreshold;
}

/** As it is kept with a service: members that were never said have AWS's defaults. */
export interface CircuitBreakerSettings {
  readonly enable: boolean;
  readonly rollback: boolean;
  readonly resetOnHealthyTask?: boolean;
  readonly thresholdConfiguration?: FailureThreshold;
}

const DEFAULTS = {
  enable: false,
  rollback: false,
  resetOnHealthyTask: true,
  thresholdConfiguration: { type: "BOUNDED_PERCENT", value: 50 },
} as const satisfies CircuitBreakerSettings;

/** Every member as AWS reads it back. */
export const completeBreaker = (settings: CircuitBreakerSettings | undefined) => ({
  ...DEFAULTS,
  ...settings,
});

export function circuitBreakerOf({
  deploymentCircuitBreaker,
}: {
  readonly deploymentCircuitBreaker?: CircuitBreakerSettings;
}): CircuitBreaker | null {
  const { enable, thresholdConfiguration: threshold, ...rest } = completeBreaker(deploymentCircuitBreaker);
  return enable ? { ...rest, threshold } : null;
}

const LEAST = 3;
const MOST = 200;

/** So many failed tasks end a deployment. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html */
export function failureLimit({ type, value }: FailureThreshold, desired: number): number {
  if (type === "COUNT") return value;
  const share = Math.ceil((desired * value) / 100);
  return type === "UNBOUNDED_PERCENT" ? Math.max(1, share) : Math.min(MOST, Math.max(LEAST, share));
}

/** A moment read back from the database may differ by less than this from the one that was written. */
const SAME_MOMENT_MS = 1;

/**
 * What this pass adds to the failures that were counted when tasks stopped: `unhealthy` ones are stopped by the service, and
 * a task that is newer than all that were ever healthy and is healthy itself starts the count anew. Null: no change.
 */
export function tallyOf(
  snapshot: ServiceSnapshot,
  primary: DeploymentState,
  unhealthy: readonly ServiceTask[],
): FailureTally | null {
  if (primary.rolloutState !== "IN_PROGRESS") return null;
  const own = ({ deploymentId }: ServiceTask) => deploymentId === primary.id;
  const newestMs = snapshot.tasks
    .filter((task) => own(task) && !isEnding(task) && worthOf(task, primary, snapshot).worth === "healthy")
    .reduce((newest, { createdAtMs }) => Math.max(newest, createdAtMs), 0);
  const proven = newestMs >= (primary.provenAtMs ?? 0) + SAME_MOMENT_MS;
  const reset = proven && (snapshot.service.circuitBreaker?.resetOnHealthyTask ?? true);
  const failed = unhealthy.filter(own).length - (reset ? primary.failedTasks : 0);
  if (failed === 0 && !proven) return null;
  return { deploymentId: primary.id, failed, provenAtMs: proven ? newestMs : primary.provenAtMs };
}

/** Whether the breaker of a deployment that is under way has had enough. */
export function hasTripped(
  { service: { circuitBreaker } }: ServiceSnapshot,
  primary: DeploymentState,
  tally: FailureTally | null,
  desired: number,
): boolean {
  if (!circuitBreaker || primary.rolloutState !== "IN_PROGRESS" || desired === 0) return false;
  return primary.failedTasks + (tally?.failed ?? 0) >= failureLimit(circuitBreaker.threshold, desired);
}
