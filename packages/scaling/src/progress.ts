/** Decides whether a change of a desired count has come to its end; the autoscaler asks while one is in progress. */

/** Tasks that find no room for so long are no longer waited for. */
const WAIT_MAX_MS = 3_600_000;

export interface CountInProgress {
  readonly toCount: number;
  readonly startedAtMs: number;
}

export interface ServiceCounts {
  readonly desiredCount: number;
  readonly runningCount: number;
}

export interface ActivityEnd {
  readonly status: "Successful" | "Overridden" | "Unfulfilled" | "Failed";
  readonly message: string;
}

/** Null while it goes on. A service that is gone fails it. */
export function activityEnd(
  { toCount, startedAtMs }: CountInProgress,
  service: ServiceCounts | null,
  nowMs: number,
): ActivityEnd | null {
  const set = `Successfully set desired count to ${toCount}.`;
  if (!service)
    return { status: "Failed", message: `Failed to set desired count to ${toCount}. The service is gone.` };
  if (service.desiredCount !== toCount) {
    return {
      status: "Overridden",
      message: `${set} Another desired count was set before it was fulfilled by ecs.`,
    };
  }
  if (service.runningCount === toCount) {
    return { status: "Successful", message: `${set} Change successfully fulfilled by ecs.` };
  }
  if (nowMs - startedAtMs < WAIT_MAX_MS) return null;
  return { status: "Unfulfilled", message: `${set} The change was not fulfilled by ecs in time.` };
}
